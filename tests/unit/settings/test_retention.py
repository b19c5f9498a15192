from datetime import timedelta

import pytest

from personalization.settings.retention import CLAIM_MARGIN, RetentionSettings


@pytest.mark.parametrize(
    ("events_days", "decisions_days", "days"), [(400, 180, 400), (10, 20, 20), (0, 180, None)]
)
def test_an_id_stays_taken_longer_than_anything_of_its_session(
    events_days: int, decisions_days: int, days: int | None
) -> None:
    settings = RetentionSettings(events_days=events_days, decisions_days=decisions_days)

    expected = None if days is None else timedelta(days=days) + CLAIM_MARGIN
    assert settings.claims_life == expected

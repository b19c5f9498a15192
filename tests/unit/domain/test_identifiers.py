"""What an id states, and what of it can be true."""

from datetime import UTC, datetime, timedelta

import pytest

from personalization.domain.identifiers import (
    DecisionId,
    decided_at_of,
    decision_id_of,
    states_impossible_time,
)
from tests.builders.moments import NOON


def test_a_decision_id_states_when_it_was_made() -> None:
    made = decision_id_of(NOON, "material")
    assert decided_at_of(made) == NOON.replace(microsecond=123_000)
    assert not states_impossible_time(made, NOON)


@pytest.mark.parametrize(
    "written",
    [
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "e677d21f-dc00-7000-8000-000000000000",
        "00000000-0000-7000-8000-000000000000",
        decision_id_of(datetime(2019, 12, 31, tzinfo=UTC), ""),
        decision_id_of(datetime(9999, 12, 31, tzinfo=UTC), ""),
    ],
)
def test_an_id_with_an_impossible_time_has_none(written: str) -> None:
    assert decided_at_of(DecisionId(written)) is None
    assert states_impossible_time(DecisionId(written), NOON)


def test_an_id_of_a_moment_to_come_states_an_impossible_time() -> None:
    ahead = decision_id_of(NOON + timedelta(seconds=1), "")
    assert decided_at_of(ahead) is not None
    assert states_impossible_time(ahead, NOON)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "d-1",
        "{01972a5e-0e5b-7000-8000-000000000000}",
        "01972a5e0e5b70008000000000000000",
        "urn:uuid:01972a5e-0e5b-7000-8000-000000000000",
        "01972a5e-0e5b-4000-8000-000000000000",
        "01972a5e-0e5b-7000-0000-000000000000",
        "\u0660" * 32,
        "\ud800",
    ],
)
def test_an_id_that_is_none_of_ours_states_nothing(written: str) -> None:
    assert decided_at_of(DecisionId(written)) is None
    assert not states_impossible_time(DecisionId(written), NOON)

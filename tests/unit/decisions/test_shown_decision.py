"""What a decision has shown, read alone, is what the whole decision says."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_record import encode_record
from personalization.decisions.shown_decision import decode_shown, decode_shown_record
from personalization.domain.decision import Exposure
from personalization.domain.shown_decision import ShownDecision
from personalization.ports.decision_history import DecisionRecord
from tests.builders.any_record import any_record
from tests.builders.decision_record import a_decision_record
from tests.builders.shops.small_shop import SmallShop, a_small_shop

EXPOSURES = (Exposure(experiment="one", arm="left"), Exposure(experiment="two", arm="control"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop for tests of many random sessions."""
    return a_small_shop(tmp_path_factory.mktemp("shop"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_part_says_what_the_whole_says(shop: SmallShop, data: st.DataObject) -> None:
    record = data.draw(any_record(shop))
    decision = replace(record.decision, exposures=data.draw(st.sampled_from(((), EXPOSURES))))
    wanted = ShownDecision.of(decision, record.profile.user_id)

    assert decode_shown_record(encode_record(DecisionRecord(decision, record.profile))) == wanted
    texts = DECISION.encode(decision), PROFILE.encode(record.profile)
    assert decode_shown(*texts) == wanted


def test_what_is_no_decision_is_refused() -> None:
    profile = PROFILE.encode(a_decision_record().profile)
    for body in (b"{}", b"", b'{"decision_id": 1}'):
        with pytest.raises(ValueError, match=r"\w"):
            decode_shown(body, profile)
    with pytest.raises(ValueError, match="incorrect header"):
        decode_shown_record(b"none")

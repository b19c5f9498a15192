"""What a page says of consent: read from lists and objects, and never taken for more than it is."""

from collections import defaultdict
from dataclasses import replace

import msgspec
import pytest

from personalization.domain.consent import ConsentPurpose
from personalization.tracking.rejection import EventRejection
from personalization.tracking.request_notes import notes_of, with_notes
from personalization.tracking.validation import TakenEvent
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import (
    batch_at_noon,
    judge_batch,
    names_by_code,
    rejection,
    take_event,
)

MEASURE, LEARN = ConsentPurpose.MEASURE, ConsentPurpose.LEARN


@pytest.mark.parametrize(
    ("sent", "consent"),
    [
        (["learn", "measure", "learn"], (MEASURE, LEARN)),
        ({"measure": True, "learn": True, "share": False}, (MEASURE, LEARN)),
        ({"measure": "true", "learn": 1, "share": 0}, (MEASURE, LEARN)),
        ([], ()),
        ({}, ()),
        ({"share": False}, ()),
        (None, None),
    ],
)
def test_a_list_or_an_object_says_what_was_agreed_to(sent: object, consent: object) -> None:
    found = take_event(consent=sent)
    assert found.event.consent == consent
    assert found.warnings == ()


def test_without_the_field_nothing_is_said_which_is_not_a_no() -> None:
    assert take_event().event.consent is None


def test_an_unknown_purpose_is_named_and_passed_over() -> None:
    found = take_event(consent=["learn", "sell", "x" * 900])
    assert found.event.consent == (LEARN,)
    assert names_by_code(found)["unknown_purpose"][0] == "sell"
    assert take_event(consent={"sell": True, "learn": False}).event.consent == ()


@pytest.mark.parametrize("sent", ["learn", 1, True, [1], [["learn"]], {"learn": "perhaps"}, [None]])
def test_another_type_costs_the_event_and_says_which_field(sent: object) -> None:
    assert rejection(consent=sent).code == "invalid_field"
    assert "consent" in rejection(consent=sent).detail
    (of_batch,) = judge_batch(a_wire_event(), consent=sent)
    assert isinstance(of_batch, EventRejection)
    assert of_batch.code == "invalid_field"
    assert "consent" in of_batch.detail


def test_an_event_goes_by_its_batch_unless_it_says_so_itself() -> None:
    events = (a_wire_event(), a_wire_event(consent=[]), a_wire_event(consent={"learn": True}))
    found = judge_batch(*events, consent=["measure"])
    consents = [taken.event.consent for taken in found if isinstance(taken, TakenEvent)]
    assert consents == [(MEASURE,), (), (LEARN,)]
    (own,) = judge_batch(a_wire_event(consent=["learn"]), consent="odd")
    assert isinstance(own, TakenEvent)


def test_what_is_set_aside_keeps_what_its_request_said() -> None:
    for consent in (["measure"], [], {"learn": True}, "odd", None, ["x" * 9_000]):
        for attested in (True, False, None):
            batch = replace(batch_at_noon(), consent=consent, attested=attested)
            kept = dict(notes_of(batch))
            again = with_notes(batch_at_noon(), defaultdict(str, kept).__getitem__)
            assert again.attested == attested
            assert again.consent == (consent if consent != ["x" * 9_000] else "?")
            assert sum(map(len, kept.values())) < 300
            assert msgspec.json.encode(kept)

"""What a page says of consent: read from lists and objects, and never taken for more than it is."""

from collections import defaultdict
from dataclasses import replace

import msgspec
import pytest

from personalization.domain.consent import NOTHING_STATED, UNSAID, ConsentPurpose
from personalization.tracking.rejection import EventRejection
from personalization.tracking.request_notes import notes_of, with_notes
from personalization.tracking.sent_consent import consent_of_batch
from personalization.tracking.validation import TakenEvent
from tests.builders.moments import NOON
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import (
    batch_at_noon,
    judge_batch,
    names_by_code,
    rejection,
    take_event,
)

MEASURE, LEARN = ConsentPurpose.MEASURE, ConsentPurpose.LEARN
PERSONALIZE = ConsentPurpose.PERSONALIZE
ALL = tuple(ConsentPurpose)


@pytest.mark.parametrize(
    ("sent", "consent"),
    [
        (["learn", "measure", "learn"], (MEASURE, LEARN)),
        ({"measure": True, "learn": True, "share": False}, (MEASURE, LEARN)),
        ({"measure": "true", "learn": 1, "share": 0}, (MEASURE, LEARN)),
        (None, None),
        ({"analytics_storage": "granted", "personalization_storage": "denied"}, (MEASURE,)),
        ({"analytics_storage": "denied", "ad_storage": "granted"}, (PERSONALIZE,)),
        ({"ad_user_data": "granted", "ad_personalization": "granted"}, ALL),
        ({"ad_storage": "granted"}, None),
        ({"analytics": "yes", "preferences": "", "marketing": "", "sale_of_data": ""}, UNSAID),
        ({"analytics": "yes", "preferences": "no", "sale_of_data": "no"}, (MEASURE,)),
        (
            {"analyticsProcessingAllowed": False, "preferencesProcessingAllowed": True},
            (PERSONALIZE,),
        ),
        ({"analytics_storage": "granted", "learn": False}, (MEASURE, PERSONALIZE)),
    ],
)
def test_a_list_or_an_object_says_what_was_agreed_to(sent: object, consent: object) -> None:
    found = take_event(consent=sent)
    assert found.event.consent == consent
    assert found.warnings == ()


@pytest.mark.parametrize("sent", [[], {}, {"share": False}, ["sell"], {"sell": True}])
def test_what_agrees_to_nothing_is_neither_taken_nor_set_aside(sent: object) -> None:
    refused = rejection(consent=sent)
    assert refused.code == "no_consent"
    assert refused.refused_at is not None


def test_without_the_field_nothing_is_said_which_is_not_a_no() -> None:
    assert take_event().event.consent is None


def test_an_unknown_purpose_is_named_and_passed_over() -> None:
    found = take_event(consent=["learn", "sell", "x" * 900])
    assert found.event.consent == (LEARN,)
    assert names_by_code(found)["unknown_purpose"][0] == "sell"


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
    assert consents == [(MEASURE,), (LEARN,)]
    (own,) = judge_batch(a_wire_event(consent=["learn"]), consent="odd")
    assert isinstance(own, TakenEvent)


def test_what_is_set_aside_keeps_what_its_request_said() -> None:
    for consent in (["measure"], [], {"learn": True}, "odd", None, ["x" * 9_000]):
        for attested in (True, False, None):
            batch = replace(
                batch_at_noon(), consent=consent, attested=attested, refused=(ConsentPurpose.SHARE,)
            )
            kept = dict(notes_of(batch))
            again = with_notes(batch_at_noon(), defaultdict(str, kept).__getitem__)
            assert again.attested == attested
            # What a browser refused by itself stays refused when the letter is redriven.
            assert again.refused == (ConsentPurpose.SHARE,)
            assert again.consent == (consent if consent != ["x" * 9_000] else "?")
            assert sum(map(len, kept.values())) < 300
            assert msgspec.json.encode(kept)


def test_what_is_judged_again_is_granted_no_more_than_when_it_came() -> None:
    at_first = batch_at_noon()
    chosen = replace(at_first, statement=NOTHING_STATED.choose((MEASURE,), NOON))
    says_all = NOTHING_STATED.hear(ALL, NOON)
    for batch, silent, spoken in ((at_first, UNSAID, ALL), (chosen, (MEASURE,), (MEASURE,))):
        kept = defaultdict(str, notes_of(batch))
        again = with_notes(replace(at_first, statement=says_all), kept.__getitem__)
        assert again.consent_at(None, NOON) == silent
        assert again.consent_at(ALL, NOON) == spoken


@pytest.mark.parametrize(
    ("sent", "agreed"),
    [
        ({"analytics_storage": "granted"}, (MEASURE,)),
        ({"analytics": "yes", "preferences": ""}, (MEASURE,)),
        ({"ad_user_data": "denied"}, ()),
        ({"analytics_storage": "granted", "personalization_storage": "granted"}, UNSAID),
    ],
)
def test_where_silence_is_no_yes_others_words_leave_nothing_agreed_that_they_do_not_name(
    sent: object, agreed: object
) -> None:
    assert consent_of_batch(sent, unsaid=()).consent == agreed

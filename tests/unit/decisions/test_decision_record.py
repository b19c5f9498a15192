"""A record gives back its decision and its profile to the last bit, in a fraction of their JSON."""

import zlib
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.codec.bit_columns import CONSTANT
from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_record import (
    decode_record,
    decode_record_decision,
    encode_record,
)
from personalization.decisions.packed_decision import write_decision
from personalization.decisions.packed_record import PACKED
from personalization.decisions.record_ledger import LedgerWriter
from personalization.decisions.shown_decision import decode_shown_record
from personalization.domain.asked import Asked
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionRecord
from personalization.sessions.counting import take
from tests.builders.any_record import any_record
from tests.builders.decision import a_decision
from tests.builders.decision_record import a_decision_record
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SmallShop, a_small_shop, promote_with_index

SHIRT, SKIRT = ProductId("shirt-1"), ProductId("skirt-1")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop for tests of many random sessions."""
    return a_small_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def session(shop: SmallShop) -> Session:
    """Return a session of two views."""
    session = Session.start(an_event())
    for number, product in enumerate((SHIRT, SKIRT)):
        moment = NOON + timedelta(seconds=number)
        event = an_event(event_id=EventId(product), product_ids=(product,), occurred_at=moment)
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return session


def texts(record: DecisionRecord) -> tuple[bytes, bytes]:
    """Return the JSON of both, in which the last bit of every number shows."""
    return DECISION.encode(record.decision), PROFILE.encode(record.profile)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_record_comes_back_to_the_last_bit(shop: SmallShop, data: st.DataObject) -> None:
    record = data.draw(any_record(shop))

    body = encode_record(record)

    assert body.startswith(PACKED)
    assert texts(decode_record(body)) == texts(record)
    assert DECISION.encode(decode_record_decision(body)) == DECISION.encode(record.decision)


@pytest.mark.parametrize("has_index", [False, True])
def test_what_follows_from_the_ingredients_is_left_out(
    shop: SmallShop, session: Session, *, has_index: bool
) -> None:
    if has_index:
        promote_with_index(shop)
    decision = shop.decider.decide(session, NOON)
    ledger = LedgerWriter()

    write_decision(ledger, decision)

    kept, _ = ledger.close()
    heads = kept.columns
    differences = slice(len(heads.shifts) + kept.integers, None)
    assert ("neighbours" in [term.name for term in decision.frame.priors]) is has_index
    assert len(heads.counts[differences]) == len(("relevance", "prior", "cap", "score"))
    assert set(zip(heads.centres[differences], heads.widths[differences], strict=True)) == {
        (0, CONSTANT)
    }


def test_a_record_takes_a_sixth_of_its_texts_and_half_of_the_former_form(
    shop: SmallShop, session: Session
) -> None:
    promote_with_index(shop)
    record = shop.maker.make(session, NOON)

    size = len(encode_record(record))

    assert size < len(b"".join(texts(record))) / 6
    assert size < len(zlib.compress(b"".join(texts(record)))) / 2


def test_every_probability_may_be_another(shop: SmallShop, session: Session) -> None:
    """As softmax gives them, and with 0 among them."""
    decision = shop.decider.decide(session, NOON)
    changed = [
        action._replace(ingredients=action.ingredients._replace(probability=number / 7))
        for number, action in enumerate(decision.actions)
    ]
    decision = replace(decision, actions=tuple(changed))
    record = shop.maker.record_of(decision, session, shop.decider.pin(NOON, session.region))

    body = encode_record(record)

    assert body.startswith(PACKED)
    assert texts(decode_record(body)) == texts(record)
    assert decode_shown_record(body).slate == decision.slate


@pytest.mark.parametrize("field", ["relevance", "prior", "score"])
@pytest.mark.parametrize("number", [-0.0, 5e-324, 0.1 + 0.2, 1e308, -inf])
def test_a_number_that_does_not_follow_is_kept(
    shop: SmallShop, session: Session, field: str, number: float
) -> None:
    decision = shop.decider.decide(session, NOON)
    first, *others = decision.actions
    changed: dict[str, Any] = {field: number}
    decision = replace(decision, actions=(first._replace(**changed), *others))
    pinned = shop.decider.pin(NOON, session.region)
    record = shop.maker.record_of(decision, session, pinned)

    read = decode_record(encode_record(record))

    assert encode_record(record).startswith(PACKED)
    assert list(map(repr, read.decision.actions)) == list(map(repr, decision.actions))


def test_a_profile_that_says_other_things_than_its_decision_is_kept_whole() -> None:
    record = a_decision_record()

    body = encode_record(record)

    assert not body.startswith(PACKED)
    assert texts(decode_record(body)) == texts(record)


def test_what_former_releases_published_is_read() -> None:
    record = a_decision_record()
    decision, profile = texts(record)

    body = zlib.compress(len(decision).to_bytes(4, "big") + decision + profile)

    assert decode_record(body) == record
    assert decode_record_decision(body) == record.decision


def test_a_damaged_record_is_refused(shop: SmallShop, session: Session) -> None:
    body = encode_record(shop.maker.make(session, NOON))
    for place in (3, 9, len(body) // 3, len(body) - 1):
        damaged = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        for wrong in (damaged, body[:place]):
            with pytest.raises(ValueError, match=r"\w"):
                decode_record(wrong)


def test_a_decision_by_a_whole_index_is_the_same_text_as_before_sessions_were_erased() -> None:
    decision = a_decision()
    text = DECISION.encode(decision)
    assert b"erased_version" not in text
    assert DECISION.decode(text) == decision
    named = replace(decision, erased_version=3)
    assert DECISION.encode(named) == text[:-1] + b',"erased_version":3}'
    assert DECISION.decode(DECISION.encode(named)) == named


def test_a_decision_is_the_same_text_as_before_pieces_were_counted() -> None:
    decision = a_decision()
    text = DECISION.encode(decision)
    assert b"by_pieces" not in text
    for asked in (None, Asked(nonce="a1")):
        for erased_version in (0, 3):
            named = replace(decision, asked=asked, erased_version=erased_version, by_pieces=True)
            whole = DECISION.encode(named)
            assert whole.endswith(b',"by_pieces":true}')
            assert DECISION.decode(whole) == named
            other = replace(named, by_pieces=False)
            assert DECISION.decode(DECISION.encode(other)) == other

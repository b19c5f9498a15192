"""Rows and ranked lists are made again bit for bit from what their records give."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evaluation.wiring import policy_of
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.decisions.given import Given
from personalization.domain.asked import AskedKind, Term, TermName
from personalization.domain.event import Device, Event
from personalization.domain.identifiers import EventId, ProductId, Region
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.builder import ProfileSizes
from personalization.recommendations.row_record import record_row
from personalization.replay.decision_replay import DecisionReplay, ReplayedFrom, ReplayStores
from personalization.replay.given_again import GIVEN
from personalization.sessions.counting import take
from tests.builders.asked_rows import a_row
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import (
    SHIRTS,
    SKIRTS,
    SmallShop,
    a_small_shop,
    promote_with_index,
)

LIFE = timedelta(hours=6)
RULES = RuleBook(
    (
        a_rule(RuleKind.PIN, "skirt-3", position=1, placements=("row",)),
        a_rule(RuleKind.BOOST, "skirt-2", amount=0.4),
    )
)
ROW = a_row(SHIRTS[1:] + SKIRTS, nonce="row")
LIST = replace(
    a_row(SHIRTS + SKIRTS, nonce="list", kind=AskedKind.RANK, size=6),
    terms=(
        Term(TermName.SHOP_SCORE, 0.3, {ProductId("shirt-2"): 1 / 3, ProductId("skirt-1"): 7.1}),
        Term(TermName.SEARCH_WORDS, 0.1, {}),
    ),
)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteEventHistory]:
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as found:
        yield found


def a_replay(shop: SmallShop, history: SqliteEventHistory) -> DecisionReplay:
    """Return what makes decisions again with settings that none of them has."""
    stores = ReplayStores(
        history=history,
        priors=shop.priors,
        catalogue=shop.catalogue,
        policy_of=lambda version: policy_of(shop.models, version),
        rules_of=lambda version: FixedRules(RULES if version else RuleBook(), version),
    )
    return DecisionReplay(stores, RankingConfig(tuning=Tuning(decay=0.5)), ProfileSizes())


def records_of(
    decider: DecisionMaker, session: Session, given: Sequence[Given]
) -> list[DecisionRecord]:
    """Decide on rows of one moment, and read their records back from bytes."""
    pinned = decider.pin(session.watermark, session.region)
    decisions = [decider.decide_on(session, row, session.watermark, pinned) for row in given]
    return [
        decode_record(encode_record(record_row(decision, session, pinned, LIFE, {}).record))
        for decision in decisions
    ]


def a_visit(
    shop: SmallShop, decider: DecisionMaker, history: SqliteEventHistory
) -> list[DecisionRecord]:
    """Show a row and a list after each of a few events."""
    events: list[Event] = []
    session: Session | None = None
    records: list[DecisionRecord] = []
    for number, product in enumerate(("shirt-1", "skirt-2", "shirt-3", "shirt-1", "skirt-3")):
        now = NOON + timedelta(seconds=number)
        event = an_event(
            event_id=EventId(f"event-{number}"), product_ids=(ProductId(product),),
            occurred_at=now, received_at=now,
        )  # fmt: skip
        events.append(event)
        session, _ = take(
            session or Session.start(event), event, shop.catalogue.products(event.product_ids)
        )
        session = replace(session, profile_version=session.profile_version + 2)
        records += records_of(decider, session, [ROW, LIST])
    history.append(events)
    return records


@pytest.mark.parametrize("tuning", [Tuning(), Tuning(mantissa_bits=8, diversity=0.2)])
@pytest.mark.parametrize("has_index", [False, True])
def test_every_row_of_a_visit_is_made_again_bit_for_bit(
    shop: SmallShop, history: SqliteEventHistory, tuning: Tuning, *, has_index: bool
) -> None:
    if has_index:
        promote_with_index(shop)
    records = a_visit(shop, shop.decider.with_tuning(tuning), history)

    replayed = a_replay(shop, history).replay_many(records)

    assert [found.differences for found in replayed] == [[]] * 10
    assert {found.made_from for found in replayed} == {ReplayedFrom.GIVEN_PRODUCTS}
    assert {found.why for found in replayed} == {GIVEN}


def test_a_row_under_rules_is_made_again_by_their_version(
    shop: SmallShop, history: SqliteEventHistory
) -> None:
    records = a_visit(shop, shop.decider.with_rules(FixedRules(RULES, 7)), history)

    replayed = a_replay(shop, history).replay_many(records)

    pinned = [slot.product_id for record in records for slot in record.decision.slate
              if slot.pinned]  # fmt: skip
    assert set(pinned) == {"skirt-3"}
    assert [found.differences for found in replayed] == [[]] * 10


def test_a_row_whose_snapshot_is_gone_is_made_again_by_what_was_logged(
    shop: SmallShop, history: SqliteEventHistory
) -> None:
    records = [
        replace(
            record,
            decision=replace(record.decision, policy_version="000009-gone"),
            profile=replace(record.profile, policy_version="000009-gone"),
        )
        for record in a_visit(shop, shop.decider, history)
    ]

    replayed = a_replay(shop, history).replay_many(records)

    assert [found.differences for found in replayed] == [[]] * 10
    assert {found.made_from for found in replayed} == {ReplayedFrom.LOGGED_POLICY}
    assert all(found.why.endswith(GIVEN) for found in replayed)


def test_a_row_of_a_first_page_is_made_again_without_any_event(
    shop: SmallShop, history: SqliteEventHistory
) -> None:
    session = Session(
        session_id=an_event().session_id, started_at=NOON, watermark=NOON, region=Region("cz"),
        device=Device.TABLET,
    )  # fmt: skip
    market = replace(ROW, asked=replace(ROW.asked, market=Region("cz")))

    replayed = a_replay(shop, history).replay_many(
        records_of(shop.decider, session, [ROW, market, LIST])
    )

    assert [found.differences for found in replayed] == [[]] * 3


def test_a_row_with_other_strengths_than_it_was_made_of_differs(
    shop: SmallShop, history: SqliteEventHistory
) -> None:
    record = a_visit(shop, shop.decider, history)[0]
    asked = record.decision.asked
    assert asked is not None
    other = replace(asked, term_shares=(("list:similar", 0.2),))

    replayed = a_replay(shop, history).replay(
        replace(record, decision=replace(record.decision, asked=other))
    )

    assert not replayed.is_equal

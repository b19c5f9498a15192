"""The order of a list of five hundred products: kept small, and learned from where it was seen."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.decisions.packed_record import PACKED
from personalization.decisions.shown_decision import decode_shown_record
from personalization.domain.asked import AskedKind
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId
from personalization.domain.outcome_rules import OutcomeRules
from personalization.domain.session import Session
from personalization.domain.shown_decision import ShownDecision
from personalization.learning.past_rounds import PastRounds, Period
from personalization.learning.rounds import SlateRounds, candidates_of
from personalization.ports.decision_history import DecisionRecord
from personalization.recommendations.row_record import record_row
from tests.builders.asked_rows import a_row
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.shops.small_shop import SmallShop, a_small_shop

MOST = 500
PRODUCTS = tuple(f"hit-{number}" for number in range(MOST))
HOUR = timedelta(hours=1)


@dataclass
class Past:
    history: SqliteEventHistory
    decisions: SqliteDecisionHistory

    def rounds(self) -> PastRounds:
        return PastRounds(self.history, self.decisions, OutcomeRules(window_ms=600_000))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    shop = a_small_shop(tmp_path_factory.mktemp("shop"))
    shop.stored_catalogue.write_products(
        [
            a_product(
                product_id=ProductId(product), category_id=CategoryId("shirts"),
                title=f"{product}, a shirt", price=float(number),
            )
            for number, product in enumerate(PRODUCTS)
        ]
    )  # fmt: skip
    return shop


@pytest.fixture(scope="module", params=[24, MOST])
def record(shop: SmallShop, request: pytest.FixtureRequest) -> DecisionRecord:
    """Return the order of all, with so many places drawn."""
    session = Session.start(an_event())
    given = a_row(PRODUCTS, kind=AskedKind.RANK, size=request.param)
    pinned = shop.decider.pin(NOON, session.region)
    decision = shop.decider.decide_on(session, given, NOON, pinned)
    return record_row(decision, session, pinned, HOUR, {}).record


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with (
        closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history,
        closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite", 0)) as decisions,
    ):
        yield Past(history, decisions)


def test_it_comes_back_to_the_last_bit(record: DecisionRecord) -> None:
    body = encode_record(record)
    read = decode_record(body)

    assert body.startswith(PACKED)
    assert DECISION.encode(read.decision) == DECISION.encode(record.decision)
    assert PROFILE.encode(read.profile) == PROFILE.encode(record.profile)
    assert decode_shown_record(body) == ShownDecision.of(record.decision, None)


def test_it_fits_into_a_token(record: DecisionRecord) -> None:
    assert len(encode_record(record)) < 12 << 10


def test_only_what_was_seen_becomes_rounds_over_all_that_could_be_shown(
    past: Past, record: DecisionRecord
) -> None:
    decision = record.decision
    seen = [slot.product_id for slot in decision.slate[:12]]
    past.decisions.append([record])
    impression = an_event(
        event_id=EventId("seen"), type=EventType.IMPRESSION, product_ids=tuple(seen),
        slots=tuple(range(12)), decision_id=decision.decision_id,
    )  # fmt: skip
    acts = {
        "viewed": (EventType.PRODUCT_VIEW, seen[3]),
        "put into the cart": (EventType.ADD_TO_CART, seen[5]),
        "bought": (EventType.CHECKOUT, seen[5]),
        "viewed, never seen": (EventType.PRODUCT_VIEW, decision.slate[20].product_id),
    }
    later = NOON + timedelta(minutes=1)
    past.history.append(
        [
            impression,
            *(
                an_event(
                    event_id=EventId(name), type=kind, product_ids=(product,),
                    decision_id=decision.decision_id, occurred_at=later, received_at=later,
                )
                for name, (kind, product) in acts.items()
            ),
            an_event(
                event_id=EventId("liked"), type=EventType.FEEDBACK, product_ids=(seen[0],),
                thumb=1, decision_id=decision.decision_id, occurred_at=later, received_at=later,
            ),
            an_event(
                event_id=EventId("of no decision"), type=EventType.PRODUCT_VIEW,
                product_ids=(seen[1],), occurred_at=later, received_at=later,
            ),
        ]
    )  # fmt: skip

    outcomes = past.rounds().read_outcomes(Period(), NOON + HOUR).settled
    found = list(past.rounds().impressions(outcomes))

    assert {shown.slot.product_id: shown.outcome for shown in found if shown.outcome} == {
        seen[0]: 0.8, seen[3]: 0.2, seen[5]: 1.0,
    }  # fmt: skip
    assert [shown.slot.product_id for shown in found] == seen
    rounds = SlateRounds(decision)
    for place, shown in enumerate(found):
        taught = rounds.round(shown.slot.product_id, shown.outcome)
        assert len(shown.remaining) == MOST - place
        assert taught.remaining == candidates_of(shown)
        assert taught.propensity == shown.slot.propensity
        assert shown.logging[shown.chosen] == pytest.approx(taught.propensity)
        assert sum(shown.logging) == pytest.approx(1)


def test_lines_of_a_row_that_it_has_not_shown_teach_nothing(
    past: Past, record: DecisionRecord
) -> None:
    decision = record.decision
    past.decisions.append([record])
    first, second = decision.slate[0].product_id, decision.slate[1].product_id
    past.history.append(
        [
            an_event(
                event_id=EventId("seen"), type=EventType.IMPRESSION,
                product_ids=(first, first, ProductId("shirt-1"), second), slots=(0, 1, 2, 7),
                decision_id=decision.decision_id,
            )
        ]
    )  # fmt: skip

    found = past.rounds().read_outcomes(Period(), NOON + HOUR)

    assert [outcome.product_id for outcome in found.settled] == [first]
    assert found.made_up == 3

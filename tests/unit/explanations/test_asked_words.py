"""The explanation of a row adds up, and says what was asked for and what the filter left."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.codec.json_codec import JsonCodec
from personalization.domain.asked import Asked, AskedKind, Strategy
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.privacy.small_counts import ALL_COUNTS
from personalization.domain.session import Session
from personalization.explanations.asked_words import STRATEGY_WORDS, asked_words
from personalization.explanations.explain import Explanation, explain
from personalization.explanations.names import Names
from personalization.explanations.why_not import why_not
from personalization.ports.decision_history import DecisionRecord
from personalization.recommendations.row_record import record_row
from tests.builders.asked_rows import SIMILAR, a_row
from tests.builders.decision import a_decision
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop

LIFE = timedelta(hours=48)
FOUND = (*SHIRTS[1:], *SKIRTS)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def a_record(shop: SmallShop, kind: AskedKind = AskedKind.ROW) -> DecisionRecord:
    session = Session.start(an_event())
    pinned = shop.decider.pin(NOON, session.region)
    decision = shop.decider.decide_on(session, a_row(FOUND, kind=kind), NOON, pinned)
    return record_row(decision, session, pinned, LIFE, {}).record


@pytest.mark.parametrize("kind", AskedKind)
def test_the_numbers_of_a_row_add_up_with_its_terms(shop: SmallShop, kind: AskedKind) -> None:
    record = a_record(shop, kind)

    found = explain(record, Names.of(record, shop.stored_catalogue), ALL_COUNTS)

    assert len(found.products) == 3
    parts = [part for shown in found.products for clause in shown.clauses
             for part in clause.contributions]  # fmt: skip
    assert SIMILAR in {part.subject for part in parts}
    for shown in found.products:
        assert shown.sum_of_contributions == pytest.approx(shown.score, abs=1e-12)
    assert found.asked == record.decision.asked
    assert found.categories == ()
    assert JsonCodec(Explanation).encode(found)


def test_a_slot_names_the_strategy_and_the_filter(shop: SmallShop) -> None:
    record = a_record(shop)

    found = explain(record, Names.of(record, shop.stored_catalogue), ALL_COUNTS)

    expected = 'of 5 products similar to Shirt 1 that the filter {"field":"brand"} leaves'
    assert found.asked_for == expected
    for shown in found.products:
        assert shown.shown is not None
        assert shown.shown.words.endswith(expected)


def test_why_not_knows_the_filtered_set_alone(shop: SmallShop) -> None:
    record = a_record(shop)
    names = Names.of(record, shop.stored_catalogue)
    shown = {slot.product_id for slot in record.decision.slate}
    other = next(product for product in FOUND if product not in shown)

    answer = why_not(record.decision, names, ProductId(other))

    assert answer is not None
    assert answer.considered == len(FOUND)
    assert all(0 < chance.probability < 1 for chance in answer.chances)
    assert why_not(record.decision, names, ProductId("shirt-1")) is None


@pytest.mark.parametrize("strategy", Strategy)
def test_every_strategy_says_what_it_finds(strategy: Strategy) -> None:
    asked = Asked(nonce="1", strategy=strategy, category_id=CategoryId("shirts"))

    said = asked_words(a_decision(), asked)

    assert strategy in STRATEGY_WORDS
    assert said.startswith("of 1 ")
    assert "{" not in said


def test_words_market_and_a_strategy_that_found_too_few_are_said() -> None:
    asked = Asked(
        nonce="1", strategy=Strategy.POPULAR, fell_back_from=Strategy.BUY_AGAIN,
        market=Region("de"), words="linen shirt",
    )  # fmt: skip
    several = replace(
        asked, strategy=Strategy.COMPLEMENTARY, anchor_title="Blue shirt",
        anchors=(ProductId("a"), ProductId("b"), ProductId("c")),
    )  # fmt: skip

    assert asked_words(a_decision(), asked) == (
        "of 1 popular products for the search 'linen shirt' in market de; strategy buy_again had "
        "found too few"
    )
    assert "that complete Blue shirt and 2 more" in asked_words(a_decision(), several)

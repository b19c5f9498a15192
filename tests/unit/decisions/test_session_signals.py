"""What neighbours and the return table give to a decision, by numbers worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from math import log
from pathlib import Path

import pytest

from personalization.codec.json_codec import DECISION
from personalization.domain.decision import ActionSource, Decision
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.session import Session
from personalization.explanations.clauses import Clauses, Subject
from personalization.explanations.contributions import contributions
from personalization.explanations.explain import formula
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.neighbours.signal_weights import SignalWeights
from personalization.ranking.signals.registry import SIGNALS
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import (
    GENERATION,
    SmallShop,
    a_small_shop,
    promote_with_index,
)

SHIRT, SKIRT = ProductId("shirt-1"), ProductId("skirt-1")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose slates do not explore."""
    return a_small_shop(tmp_path)


def decide(shop: SmallShop, *products: str, last: EventType = EventType.PRODUCT_VIEW) -> Decision:
    session = Session.start(an_event())
    for number, product in enumerate(products, 1):
        event: Event = an_event(
            event_id=EventId(f"event-{number}"),
            occurred_at=NOON + timedelta(seconds=number),
            product_ids=(ProductId(product),),
            region=None,
            type=last if number == len(products) else EventType.PRODUCT_VIEW,
            thumb=-1,
            duration_ms=30_000,
        )
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return shop.decider.decide(session, NOON + timedelta(minutes=1))


def terms(decision: Decision) -> dict[str, tuple[float, float]]:
    return {term.name: (term.weight, term.total) for term in decision.frame.priors}


def strengths(decision: Decision, name: str) -> dict[str, float]:
    place = [term.name for term in decision.frame.priors].index(name)
    return {
        action.product_id: dict(action.ingredients.strengths)[place]
        for action in decision.actions
        if place in dict(action.ingredients.strengths)
    }


def test_neighbours_and_returns_are_terms_whose_weights_grow_with_the_evidence(
    shop: SmallShop,
) -> None:
    index = promote_with_index(shop, SignalWeights({"neighbours": 3.0, "return": 2.0}))
    decision = decide(shop, "shirt-1")

    chance = index.returns.chance(0, 1)
    found = terms(decision)
    # One interaction: w = 2/3, so that w / (1 - w) is 2.
    assert found["neighbours"][0] == pytest.approx(3.0 * (1 - chance) * 2)
    assert found["return"][0] == pytest.approx(2.0 * chance * 2)
    assert strengths(decision, "return") == {"shirt-1": pytest.approx(chance)}
    # Both sessions that saw shirt-1 saw skirt-2, one of them skirt-1, of four sessions.
    assert strengths(decision, "neighbours") == {
        "skirt-2": pytest.approx(2 * log(2), rel=1e-6),
        "skirt-1": pytest.approx(log(4), rel=1e-6),
    }
    assert sum(weight for name, (weight, _) in found.items() if "p" in name) == pytest.approx(1)


@pytest.mark.parametrize("last", [EventType.ADD_TO_CART, EventType.DWELL])
def test_what_comes_again_is_told_by_the_newest_interaction(
    shop: SmallShop, last: EventType
) -> None:
    index = promote_with_index(shop)
    chance = index.returns.chance(0, 1, last)
    assert chance != index.returns.chance(0, 1)
    # Half a minute of looking is more than a view.
    decision = decide(shop, "shirt-2", "shirt-2", last=last)
    assert strengths(decision, "return") == {"shirt-2": pytest.approx(chance)}


def test_weights_are_those_of_so_many_products(shop: SmallShop) -> None:
    weights = SignalWeights({"return": 2.0}, by_seen={1: {"neighbours": 3.0}, 4: {"return": 4.0}})
    index = promote_with_index(shop, weights)
    chance = index.returns.chance(0, 1)

    first = terms(decide(shop, "shirt-1"))
    assert first["neighbours"][0] == pytest.approx(3.0 * (1 - chance) * 2)
    assert "return" not in first
    # Two and three products have no weights of their own.
    for products in (("shirt-1", "shirt-2"), ("shirt-1", "shirt-2", "shirt-3")):
        returning = sum(strengths(decide(shop, *products), "return").values())
        found = terms(decide(shop, *products))
        assert "neighbours" not in found
        assert found["return"][0] == pytest.approx(2.0 * returning * 2 * len(products))
    four = decide(shop, "shirt-1", "shirt-2", "shirt-3", "skirt-1")
    returning = sum(strengths(four, "return").values())
    assert terms(four)["return"][0] == pytest.approx(4.0 * returning * 8)


def test_neighbours_bring_candidates_that_no_list_names(shop: SmallShop) -> None:
    promote_with_index(shop)
    sources = {action.product_id: action.sources for action in decide(shop, "shirt-1").actions}
    assert ActionSource.NEIGHBOURS in sources[SKIRT]


def test_without_an_index_or_a_product_a_decision_is_what_it_was(shop: SmallShop) -> None:
    viewed, first = decide(shop, "shirt-1", "skirt-1"), decide(shop)
    promote_with_index(shop)
    again = decide(shop)
    assert (again.actions, again.frame) == (first.actions, first.frame)
    shop.priors.promote(GENERATION)
    shop.active_priors.refresh()
    assert DECISION.encode(decide(shop, "shirt-1", "skirt-1")) == DECISION.encode(viewed)


def test_clauses_add_up_and_say_it_in_words(shop: SmallShop) -> None:
    promote_with_index(shop)
    decision = decide(shop, "shirt-1", "shirt-2", "shirt-1")
    assert "neighbours" in formula(decision)
    clauses = Clauses(decision)
    said = set()
    for action in decision.actions:
        made_of = clauses.of(action, Subject(title="", place=""))
        assert sum(clause.amount for clause in made_of) == pytest.approx(action.score, abs=1e-9)
        total = sum(part.amount for part in contributions(decision, action))
        assert total == pytest.approx(action.score, abs=1e-9)
        said |= {clause.words for clause in made_of}
        assert 0 <= action.relevance <= 1
    assert said >= {SIGNALS[name].words for name in ("neighbours", "return")}
    assert max(action.score for action in decision.actions) == pytest.approx(1)


def test_what_was_disliked_has_no_signals_and_stays_below_0(shop: SmallShop) -> None:
    promote_with_index(shop, SignalWeights({"neighbours": 50.0, "return": 50.0}))
    decision = decide(shop, "shirt-1", "skirt-2", last=EventType.FEEDBACK)
    by_id = {action.product_id: action for action in decision.actions}
    assert by_id[ProductId("skirt-2")].score < 0
    assert "skirt-2" not in strengths(decision, "neighbours")


def test_a_weight_of_0_leaves_a_signal_out(shop: SmallShop) -> None:
    promote_with_index(shop, SignalWeights({"neighbours": 0.0, "return": 1.0}))
    assert "neighbours" not in terms(decide(shop, "shirt-1"))


def test_neighbours_do_not_bring_what_the_shop_hides(shop: SmallShop) -> None:
    promote_with_index(shop)
    book = RuleBook((a_rule(RuleKind.EXCLUDE, "skirt-1"),))
    hiding = replace(shop, decider=shop.decider.with_rules(FixedRules(book, 1)))
    assert SKIRT not in {action.product_id for action in decide(hiding, "shirt-1").actions}

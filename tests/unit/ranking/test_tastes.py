"""What a known person likes, in the score, the action set and the context."""

from dataclasses import replace
from math import exp
from pathlib import Path

import pytest

from personalization.decisions.given import Given
from personalization.domain.asked import Asked
from personalization.domain.decision import ActionSource, Decision
from personalization.domain.identifiers import ProductId, SessionId, UserId
from personalization.domain.session import Session
from personalization.domain.tastes import TasteTerm
from personalization.explanations.clauses import TASTE_WORDS, Clauses, Subject
from personalization.policies.placement import ONE_PLACEMENT
from personalization.ranking import candidates, tastes
from tests.builders.moments import NOON
from tests.builders.shops.known_shopper import KNOWN, SHARES, promote_tastes
from tests.builders.shops.small_shop import SmallShop, a_small_shop

FIRST_PAGE = Session(session_id=SessionId("s"), started_at=NOON, watermark=NOON)
OF_KNOWN = replace(FIRST_PAGE, user_id=KNOWN)


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    made = a_small_shop(tmp_path)
    promote_tastes(made)
    return made


def _terms(decision: Decision) -> dict[str, float]:
    return {term.name: term.weight for term in decision.frame.priors}


def test_the_first_page_of_a_known_person_begins_with_what_they_like(shop: SmallShop) -> None:
    anonymous, known = shop.decider.decide(FIRST_PAGE, NOON), shop.decider.decide(OF_KNOWN, NOON)

    assert anonymous.actions[0].product_id == "shirt-1"
    assert known.actions[0].product_id == "skirt-3"
    assert known.live_weight == 0
    sources = {action.product_id: action.sources for action in known.actions}
    assert ActionSource.USER_PRODUCTS in sources[ProductId("shirt-2")]
    assert ActionSource.USER_CATEGORIES in sources[ProductId("skirt-1")]


def test_a_known_person_is_offered_what_everybody_is_and_their_own_beside_it(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "PER_LIST", 1)
    monkeypatch.setattr(candidates, "ENOUGH", 4)
    monkeypatch.setattr(tastes, "LEADERS", 0)
    everybody, known = (
        {action.product_id for action in shop.decider.decide(session, NOON).actions}
        for session in (FIRST_PAGE, OF_KNOWN)
    )

    assert len(everybody) == 4
    assert known >= everybody | {"skirt-3", "shirt-2"}


def test_terms_weigh_their_shares_and_what_is_left_goes_to_the_priors(shop: SmallShop) -> None:
    weights = _terms(shop.decider.decide(OF_KNOWN, NOON))

    assert {name: weights[name] for name in SHARES} == pytest.approx(SHARES)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["popularity"] == pytest.approx(1 - sum(SHARES.values()))


def test_strengths_are_those_of_the_formulas(shop: SmallShop) -> None:
    decision = shop.decider.decide(OF_KNOWN, NOON)
    names = [term.name for term in decision.frame.priors]
    found = {
        action.product_id: {names[place]: of for place, of in action.ingredients.strengths}
        for action in decision.actions
    }

    skirt = found[ProductId("skirt-3")]
    assert skirt["taste_products"] == pytest.approx(0.75)
    assert skirt["taste_categories"] == pytest.approx(1.0 * 0.1)
    assert skirt["taste_brands"] == pytest.approx(1.0 * 0.1)
    assert skirt["taste_sizes"] == pytest.approx(0.6 * 0.1)
    # Scaled price 1, mean 0.9, the least spread 0.05.
    assert skirt["taste_price"] == pytest.approx(exp(-2) * 0.1)
    assert "taste_categories" not in found[ProductId("shirt-1")]


def test_the_words_of_the_terms_add_up_to_the_score(shop: SmallShop) -> None:
    decision = shop.decider.decide(OF_KNOWN, NOON)
    clauses = Clauses(decision)

    for action in decision.actions:
        said = clauses.of(action, Subject(title=action.product_id, place="Skirts"))
        assert sum(clause.amount for clause in said) == pytest.approx(action.score)
    words = {
        clause.words
        for clause in clauses.of(decision.actions[0], Subject(title="", place="Skirts"))
    }
    assert {words_of.format(place="Skirts") for words_of in TASTE_WORDS.values()} <= words


def test_who_is_anonymous_or_unknown_gets_what_everybody_gets_and_asks_nothing(
    shop: SmallShop,
) -> None:
    everybody = shop.decider.decide(FIRST_PAGE, NOON)
    stranger = shop.decider.decide(replace(FIRST_PAGE, user_id=UserId("stranger")), NOON)

    assert stranger == everybody
    assert everybody.context.tastes == ()
    shop.active_priors.read_ahead()
    shop.priors.away = True
    assert shop.decider.decide(FIRST_PAGE, NOON) == everybody


def test_tastes_that_did_not_help_on_earlier_days_have_no_part(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    promote_tastes(shop, dict.fromkeys(TasteTerm, 0.0))

    assert shop.decider.decide(OF_KNOWN, NOON) == shop.decider.decide(FIRST_PAGE, NOON)


def test_the_context_names_the_strongest_category_and_nobody(shop: SmallShop) -> None:
    context = shop.decider.decide(OF_KNOWN, NOON).context

    assert [(of.category_id, of.strength) for of in context.tastes] == [("skirts", 1.0)]
    assert KNOWN not in repr(context)


def test_a_row_has_the_terms_on_its_own_products_only(shop: SmallShop) -> None:
    wanted = [ProductId("shirt-1"), ProductId("skirt-3")]
    given = Given(
        asked=Asked(nonce="n"),
        sources=dict.fromkeys(wanted, (ActionSource.POPULAR,)),
        placement=ONE_PLACEMENT[0],
    )
    known = shop.decider.decide_on(OF_KNOWN, given, NOON)

    assert {action.product_id for action in known.actions} == set(wanted)
    assert known.actions[0].product_id == "skirt-3"
    assert "taste_products" in _terms(known)

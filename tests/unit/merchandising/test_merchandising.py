"""What the shop decides shapes decisions and profiles, and their numbers stay true."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.codec.json_codec import DECISION
from personalization.decisions.decision_maker import DecisionMaker
from personalization.domain.decision import Decision
from personalization.domain.draw import Draw, Kernel
from personalization.domain.errors import InvalidRuleError
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.session import Session
from personalization.explanations.contributions import contributions
from personalization.learning.rounds import learning_round, shown_impression, was_drawn
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.policies.draws import draw_slate
from personalization.profiles.builder import ProfileBuilder
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop

DRAWS = 3_000
ALL = (*SHIRTS, *SKIRTS)
SHIRTS_CATEGORY = (CategoryId("shirts"),)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop whose slates explore."""
    return a_small_shop(tmp_path_factory.mktemp("shop"), epsilon=0.3)


def deciding(shop: SmallShop, *rules: MerchandisingRule) -> DecisionMaker:
    return shop.decider.with_rules(FixedRules(RuleBook(rules), version=7))


def a_visit(shop: SmallShop, *products: str, region: str | None = None) -> Session:
    events = [
        an_event(
            event_id=f"event-{number}",
            occurred_at=NOON + timedelta(seconds=number),
            product_ids=(ProductId(product),),
            region=region,
        )
        for number, product in enumerate(products or ("shirt-1",))
    ]
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return session


def candidates_of(decision: Decision) -> set[str]:
    return {str(action.product_id) for action in decision.actions}


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (a_rule(RuleKind.EXCLUDE, "shirt-2"), {"shirt-2"}),
        (a_rule(RuleKind.EXCLUDE, category_ids=SHIRTS_CATEGORY), set(SHIRTS)),
        (a_rule(RuleKind.OUT_OF_STOCK, "shirt-2", "skirt-3"), {"shirt-2", "skirt-3"}),
    ],
    ids=["a product", "a category", "out of stock"],
)
def test_what_is_hidden_is_not_even_considered(
    shop: SmallShop, rule: MerchandisingRule, gone: set[str]
) -> None:
    decision = deciding(shop, rule).decide(a_visit(shop), NOON)

    assert candidates_of(decision) == set(ALL) - gone
    assert decision.rules_version == 7
    assert decision.actions[0].score == pytest.approx(1.0)


def test_the_next_of_a_list_move_up_for_what_is_hidden(shop: SmallShop) -> None:
    two = replace(shop.decider._config, actions=2)  # noqa: SLF001 (the plan of this very decider)
    decider = DecisionMaker(shop.active_priors, shop.catalogue, shop.decider._policy, two)  # noqa: SLF001
    hidden = candidates_of(decider.decide(a_visit(shop), NOON))
    rule = a_rule(RuleKind.EXCLUDE, *sorted(hidden))

    decision = decider.with_rules(FixedRules(RuleBook((rule,)))).decide(a_visit(shop), NOON)

    assert len(decision.actions) == 2
    assert not candidates_of(decision) & hidden


def test_a_shop_that_hides_everything_shows_nothing_and_fails_nobody(shop: SmallShop) -> None:
    rule = a_rule(RuleKind.EXCLUDE, *ALL)
    maker = ProfileBuilder(deciding(shop, rule))

    record = maker.make(a_visit(shop), NOON)

    assert (record.decision.actions, record.decision.slate) == ((), ())
    assert (record.profile.score_data.products, record.profile.bundled_discount_suggestions) == (
        (),
        (),
    )


def test_a_hidden_product_is_nowhere_in_the_profile(shop: SmallShop) -> None:
    plain = shop.maker.make(a_visit(shop), NOON).profile
    assert plain.bundled_discount_suggestions
    assert plain.trending_recommendations
    rules = [
        a_rule(RuleKind.OUT_OF_STOCK, "skirt-1", "skirt-2"),
        a_rule(RuleKind.EXCLUDE, category_ids=SHIRTS_CATEGORY),
    ]
    maker = ProfileBuilder(deciding(shop, *rules))

    profile = maker.make(a_visit(shop), NOON).profile

    assert [product.product_id for product in profile.score_data.products] == ["skirt-3"]
    assert [category.category_id for category in profile.score_data.categories] == ["skirts"]
    assert (
        profile.bundled_discount_suggestions,
        profile.trending_recommendations,
        profile.recent_products,
    ) == ((), (), ())
    assert profile.rules_version == 7


def test_a_rule_of_a_region_holds_there_alone(shop: SmallShop) -> None:
    decider = deciding(shop, a_rule(RuleKind.EXCLUDE, "shirt-2", regions=(Region("cz"),)))

    assert "shirt-2" not in candidates_of(decider.decide(a_visit(shop, region="cz"), NOON))
    assert "shirt-2" in candidates_of(decider.decide(a_visit(shop, region="pl"), NOON))
    assert "shirt-2" in candidates_of(decider.decide(a_visit(shop), NOON))


def test_a_scheduled_rule_holds_at_the_moment_of_the_decision(shop: SmallShop) -> None:
    rule = a_rule(RuleKind.EXCLUDE, "shirt-2", starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    decider, visit = deciding(shop, rule), a_visit(shop)

    held = [
        "shirt-2" not in candidates_of(decider.decide(visit, NOON + timedelta(minutes=late)))
        for late in (-1, 0, 59, 60, 1)
    ]

    assert held == [False, True, True, False, True]


def test_a_boost_is_a_summand_that_the_explanation_knows(shop: SmallShop) -> None:
    boost = a_rule(RuleKind.BOOST, "skirt-2", amount=2.0)

    decision = deciding(shop, boost).decide(a_visit(shop), NOON)

    first = decision.actions[0]
    assert first.product_id == "skirt-2"
    parts = {
        contribution.subject: contribution.amount for contribution in contributions(decision, first)
    }
    assert parts["rule:boost-skirt-2"] == pytest.approx(2.0 * first.score / (2.0 + _score(shop)))


def _score(shop: SmallShop) -> float:
    plain = shop.decider.decide(a_visit(shop), NOON)
    return next(action.score for action in plain.actions if action.product_id == "skirt-2")


def test_burying_a_category_takes_all_of_it_down(shop: SmallShop) -> None:
    bury = a_rule(RuleKind.BURY, category_ids=SHIRTS_CATEGORY, amount=2.0)

    decision = deciding(shop, bury).decide(a_visit(shop), NOON)

    assert {action.category_id for action in decision.actions[:3]} == {"skirts"}


def test_a_pin_fills_its_position_also_with_what_no_list_names(shop: SmallShop) -> None:
    pinned = ProductId("skirt-3")
    hidden_otherwise = replace(shop.decider._config, actions=1)  # noqa: SLF001
    decider = DecisionMaker(
        shop.active_priors,
        shop.catalogue,
        shop.decider._policy,  # noqa: SLF001
        hidden_otherwise,
    ).with_rules(FixedRules(RuleBook((a_rule(RuleKind.PIN, pinned, position=2),))))
    plain = decider.with_rules(FixedRules(RuleBook())).decide(a_visit(shop), NOON)
    assert pinned not in candidates_of(plain)

    record = ProfileBuilder(decider).make(a_visit(shop), NOON)

    slots = [slot for slot in record.decision.slate if slot.product_id == pinned]
    assert [(slot.position, slot.pinned, slot.propensity) for slot in slots] == [(1, True, 1.0)]
    action = next(action for action in record.decision.actions if action.product_id == pinned)
    assert action.sources == ("pinned",)
    assert pinned in {product.product_id for product in record.profile.score_data.products}


@pytest.mark.parametrize(
    "without_effect",
    [
        a_rule(RuleKind.PIN, "shirt-1", position=9),
        a_rule(RuleKind.PIN, "shirt-1", placements=("aside",)),
        a_rule(RuleKind.PIN, "no-such-product"),
    ],
    ids=["beyond the slate", "in no placement", "of no product"],
)
def test_a_pin_that_cannot_be_shown_changes_nothing(
    shop: SmallShop, without_effect: MerchandisingRule
) -> None:
    plain = shop.decider.decide(a_visit(shop), NOON)

    decision = deciding(shop, without_effect).decide(a_visit(shop), NOON)

    assert decision == replace(plain, rules_version=7)


def test_what_is_out_of_stock_is_not_pinned(shop: SmallShop) -> None:
    rules = (a_rule(RuleKind.PIN, "shirt-2"), a_rule(RuleKind.OUT_OF_STOCK, "shirt-2"))

    decision = deciding(shop, *rules).decide(a_visit(shop), NOON)

    assert "shirt-2" not in candidates_of(decision)
    assert not any(slot.pinned for slot in decision.slate)
    assert len(decision.slate) == 5


def test_a_pinned_position_teaches_nothing(shop: SmallShop) -> None:
    decision = deciding(shop, a_rule(RuleKind.PIN, "skirt-3", position=2)).decide(
        a_visit(shop), NOON
    )

    taught = [was_drawn(decision, slot.product_id) for slot in decision.slate]

    assert taught == [True, False, True, True, True, True]
    after = learning_round(decision, decision.slate[2].product_id, 1.0)
    assert "skirt-3" not in {candidate.product_id for candidate in after.remaining}
    assert len(after.remaining) == 4


PIN = a_rule(RuleKind.PIN, "skirt-3", position=2)
BARRED = a_rule(RuleKind.EXCLUDE, "shirt-1", placements=("home",))
EVERY_KIND = [
    PIN,
    a_rule(RuleKind.BOOST, "skirt-2", amount=0.4),
    a_rule(RuleKind.BURY, category_ids=SHIRTS_CATEGORY, amount=0.4),
    a_rule(RuleKind.EXCLUDE, "shirt-2"),
    BARRED,
    a_rule(RuleKind.OUT_OF_STOCK, "skirt-1"),
]
PLAIN = Draw(policy="any", policy_version="1", size=3, epsilon=0.3)
KERNELS = [
    PLAIN,
    replace(PLAIN, kernel=Kernel.SOFTMAX, inverse_temperature=3.0, epsilon=0.1),
    replace(PLAIN, kernel=Kernel.SQUARECB, gamma=5.0, epsilon=0.0),
    replace(PLAIN, ballots=((0, 1, 2), (2, 0, 1), (1, 2), (3,)), epsilon=0.1),
]


def drawn_again(decision: Decision, draw: Draw, seed: int) -> Decision:
    """Return the decision with a slate that another kernel and seed have drawn under its rules."""
    draw = replace(draw, barred=decision.draws[0].barred)
    pins = {
        (slot.placement, slot.position): slot.product_id for slot in decision.slate if slot.pinned
    }
    slate = draw_slate(decision.actions, (draw,), seed, pins)
    return replace(decision, draws=(draw,), slate=slate)


@pytest.mark.parametrize("rule", [*EVERY_KIND, None], ids=lambda rule: rule and rule.rule_id)
@pytest.mark.parametrize("draw", KERNELS, ids=["greedy", "softmax", "squarecb", "ballots"])
def test_under_every_kind_of_rule_things_are_shown_as_often_as_propensities_say(
    shop: SmallShop, rule: MerchandisingRule | None, draw: Draw
) -> None:
    rules = EVERY_KIND if rule is None else [rule]
    decision = deciding(shop, *rules).decide(a_visit(shop), NOON)
    shown: Counter[tuple[int, str]] = Counter()
    said: dict[tuple[int, str], float] = {}
    for seed in range(DRAWS):
        drawn = drawn_again(decision, draw, seed)
        assert len({slot.product_id for slot in drawn.slate}) == len(drawn.slate)
        for slot in drawn.slate:
            shown[slot.position, str(slot.product_id)] += 1
            chances = drawn.distribution_at(slot)
            assert sum(chances) == pytest.approx(1.0)
            for index, chance in zip(drawn.remaining_at(slot), chances, strict=True):
                place = slot.position, str(drawn.actions[index].product_id)
                said[place] = said.get(place, 0.0) + chance
                if drawn.actions[index].product_id == slot.product_id:
                    assert slot.propensity == chance
    for place, count in said.items():
        assert shown[place] == pytest.approx(count, abs=0.03 * DRAWS)
    assert set(shown) <= set(said)


@pytest.mark.parametrize("draw", KERNELS, ids=["greedy", "softmax", "squarecb", "ballots"])
def test_inverse_propensities_recover_a_known_value_under_rules(
    shop: SmallShop, draw: Draw
) -> None:
    """The target draws uniformly of what may be shown; each product's outcome is known."""
    outcome = {product: 0.1 * place for place, product in enumerate(ALL)}
    decision = deciding(shop, *EVERY_KIND).decide(a_visit(shop), NOON)
    may_be_shown = candidates_of(decision) - {"shirt-1", "skirt-3"}
    truth = sum(outcome[product] for product in may_be_shown) / len(may_be_shown)
    weighed = []
    for seed in range(DRAWS):
        drawn = drawn_again(decision, draw, seed)
        first = next(slot for slot in drawn.slate if was_drawn(drawn, slot.product_id))
        shown = shown_impression(drawn, first.product_id, outcome[first.product_id])
        weight = 1 / len(shown.remaining) / first.propensity
        weighed.append(weight * shown.outcome)

    assert may_be_shown == {"shirt-3", "skirt-2"}
    assert sum(weighed) / DRAWS == pytest.approx(truth, abs=0.03)


a_kind = st.sampled_from(list(RuleKind))
some_products = st.lists(st.sampled_from(ALL), min_size=1, max_size=3, unique=True)


@st.composite
def some_rules(draw: st.DrawFn) -> tuple[MerchandisingRule, ...]:
    """Return rules of any kinds that do not contradict each other."""
    book = RuleBook()
    for number, kind in enumerate(draw(st.lists(a_kind, max_size=6))):
        products = draw(some_products)
        fields: dict[str, object] = {"rule_id": f"r{number}"}
        if kind is RuleKind.PIN:
            fields["position"], products = draw(st.integers(1, 6)), products[:1]
        if kind in {RuleKind.BOOST, RuleKind.BURY}:
            fields["amount"] = draw(st.floats(0.01, 3))
            fields["category_ids"] = draw(st.sampled_from([(), SHIRTS_CATEGORY]))
        try:
            book = book.with_rule(a_rule(kind, *products, **fields))
        except InvalidRuleError:
            continue
    return book.rules


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=some_rules(), views=st.lists(st.sampled_from(ALL), min_size=1, max_size=5))
def test_under_any_rules_contributions_add_up_and_rules_are_kept(
    shop: SmallShop, rules: tuple[MerchandisingRule, ...], views: list[str]
) -> None:
    maker = ProfileBuilder(deciding(shop, *rules))

    record = maker.make(a_visit(shop, *views), NOON)

    decision, profile = record.decision, record.profile
    for action in decision.actions:
        total = sum(part.amount for part in contributions(decision, action))
        assert total == pytest.approx(action.score, abs=1e-9)
    hiding = {RuleKind.EXCLUDE, RuleKind.OUT_OF_STOCK}
    hidden = {product for rule in rules if rule.kind in hiding for product in rule.product_ids}
    assert not candidates_of(decision) & hidden
    assert not {product.product_id for product in profile.score_data.products} & hidden
    slots = {slot.position: slot.product_id for slot in decision.slate}
    for rule in rules:
        if rule.kind is RuleKind.PIN and rule.product_ids[0] not in hidden:
            assert slots[(rule.position or 0) - 1] == rule.product_ids[0]
    for slot in decision.slate:
        place = decision.remaining_at(slot).index(
            next(i for i, a in enumerate(decision.actions) if a.product_id == slot.product_id)
        )
        assert decision.distribution_at(slot)[place] == pytest.approx(slot.propensity)
    assert DECISION.decode(DECISION.encode(decision)) == decision

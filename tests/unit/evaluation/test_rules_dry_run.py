"""A dry run says truly what proposed rules would change and what they are worth."""

from dataclasses import replace

import pytest

from evaluation.rules_dry_run.comparison import compare
from evaluation.rules_dry_run.past_visits import Visit
from evaluation.rules_dry_run.under_rules import UnderRules
from evaluation.rules_dry_run.worth import worth_of
from personalization.domain.decision import Decision
from personalization.domain.draw import Draw, Kernel
from personalization.domain.identifiers import CategoryId, ProductId, Region, SessionId
from personalization.learning.rounds import ShownImpression, shown_impression, was_drawn
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.off_policy.estimator import Estimator
from personalization.policies.draws import draw_slate
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.session import a_session
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop, a_small_shop

SHIRT_CATEGORY = (CategoryId("shirts"),)
RULES = (
    a_rule(RuleKind.PIN, "skirt-3", position=2),
    a_rule(RuleKind.BOOST, "skirt-2", amount=0.4),
    a_rule(RuleKind.BURY, category_ids=SHIRT_CATEGORY, amount=0.2),
    a_rule(RuleKind.EXCLUDE, "shirt-1", placements=("home",)),
    a_rule(RuleKind.OUT_OF_STOCK, "skirt-1"),
)
PLAIN = Draw(policy="any", policy_version="1", size=6, epsilon=0.3)
KERNELS = [
    PLAIN,
    replace(PLAIN, kernel=Kernel.SOFTMAX, inverse_temperature=3.0),
    replace(PLAIN, kernel=Kernel.SQUARECB, gamma=5.0),
    replace(PLAIN, ballots=((0, 1, 2), (2, 0, 1), (1, 2), (3,))),
]
NAMES = ["greedy", "softmax", "squarecb", "ballots"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop whose slates explore."""
    return a_small_shop(tmp_path_factory.mktemp("shop"), epsilon=0.5)


def decide(shop: SmallShop, *rules: MerchandisingRule, draw: Draw = PLAIN) -> Decision:
    """Return a decision under some rules, drawn by another kernel."""
    decider = shop.decider.with_rules(FixedRules(RuleBook(rules)))
    decision = decider.decide(a_session(region=None), NOON)
    return redraw(decision, draw, decision.seed)


def redraw(decision: Decision, draw: Draw, seed: int) -> Decision:
    pins = {
        (slot.placement, slot.position): slot.product_id for slot in decision.slate if slot.pinned
    }
    draws = (replace(draw, barred=decision.draws[0].barred),)
    slate = draw_slate(decision.actions, draws, seed, pins)
    return replace(decision, draws=draws, slate=slate, session_id=SessionId(f"session-{seed}"))


def positions(decision: Decision) -> list[ShownImpression]:
    return [
        shown_impression(decision, slot.product_id, 0.0)
        for slot in decision.slate
        if was_drawn(decision, slot.product_id)
    ]


@pytest.mark.parametrize("draw", KERNELS, ids=NAMES)
@pytest.mark.parametrize("rules", [(), RULES], ids=["without rules", "with rules"])
def test_the_rules_of_the_log_give_what_was_logged(
    shop: SmallShop, draw: Draw, rules: tuple[MerchandisingRule, ...]
) -> None:
    target = UnderRules("same", RuleBook(rules), NOON)

    shown = positions(decide(shop, *rules, draw=draw))

    assert shown
    for position in shown:
        assert target.answers(position)
        assert target.probabilities(position) == pytest.approx(position.logging)


@pytest.mark.parametrize("draw", KERNELS[:3], ids=NAMES[:3])
def test_proposed_boosts_give_what_deciding_by_them_would(shop: SmallShop, draw: Draw) -> None:
    rules = RULES[1:3]
    truth = positions(decide(shop, *rules, draw=draw))[0]
    said = {
        action.product_id: chance
        for action, chance in zip(truth.remaining, truth.logging, strict=True)
    }

    logged = positions(decide(shop, draw=draw))[0]
    given = UnderRules("boosts", RuleBook(rules), NOON).probabilities(logged)

    assert {
        action.product_id: chance for action, chance in zip(logged.remaining, given, strict=True)
    } == pytest.approx(said)


def test_what_is_hidden_or_pinned_elsewhere_is_never_drawn(shop: SmallShop) -> None:
    target = UnderRules("proposed", RuleBook(RULES), NOON)

    for position in positions(decide(shop)):
        if not target.answers(position):
            continue
        given = target.probabilities(position)
        chances = {a.product_id: p for a, p in zip(position.remaining, given, strict=True)}
        assert sum(given) == pytest.approx(1.0)
        if position.slot.position == 1:
            assert chances[ProductId("skirt-3")] == 1.0
        else:
            unseen = set(map(ProductId, ("skirt-1", "shirt-1", "skirt-3"))) & set(chances)
            assert {chances[product] for product in unseen} <= {0.0}


def test_the_log_cannot_tell_of_a_pin_that_was_gone_before(shop: SmallShop) -> None:
    decision = decide(shop)
    last = positions(decision)[-1]
    first = decision.slate[0].product_id
    pin = a_rule(RuleKind.PIN, first, position=last.slot.position + 1)

    assert not UnderRules("pin", RuleBook((pin,)), NOON).answers(last)
    assert UnderRules("none", RuleBook(), NOON).answers(last)


def test_the_worth_of_rules_is_recovered_from_a_log_without_them(shop: SmallShop) -> None:
    """Every shopper sees the first position alone; each product's outcome is known."""
    outcome = {product: 0.15 * place for place, product in enumerate((*SHIRTS, *SKIRTS))}
    rules = (RULES[1], RULES[2], RULES[3])
    first = positions(decide(shop, *rules))[0]
    truth = sum(
        chance * outcome[action.product_id]
        for action, chance in zip(first.remaining, first.logging, strict=True)
    )
    plain = decide(shop)

    def log() -> list[ShownImpression]:
        found = []
        for seed in range(3_000):
            again = redraw(plain, PLAIN, seed)
            product = again.slate[0].product_id
            found.append(shown_impression(again, product, outcome[product]))
        return found

    worth = worth_of(log, RuleBook(), RuleBook(rules), NOON)

    assert worth is not None
    assert (worth.positions, worth.answered) == (3_000, 3_000)
    for estimate in worth.after:
        assert estimate.value == pytest.approx(truth, abs=0.03)
        assert estimate.interval is not None
        assert estimate.interval.low <= truth <= estimate.interval.high
    assert [estimate.estimator for estimate in worth.after] == [Estimator.SNIPS, Estimator.DR]
    assert worth_of(list, RuleBook(), RuleBook(rules), NOON) is None


def test_a_comparison_counts_what_the_rules_alone_would_change(shop: SmallShop) -> None:
    visits = [
        Visit(a_session(session_id=SessionId(f"session-{n}"), region=Region("cz")), NOON)
        for n in range(20)
    ]
    never = (
        a_rule(RuleKind.PIN, "shirt-3", position=40),
        a_rule(RuleKind.BOOST, "shirt-3", regions=(Region("de"),)),
        a_rule(RuleKind.EXCLUDE, category_ids=(CategoryId("hats"),)),
    )
    after = RuleBook((a_rule(RuleKind.OUT_OF_STOCK, "shirt-2"), RULES[0], *never))

    same = compare(shop.decider, visits, after, after, NOON)
    found = compare(shop.decider, visits, RuleBook(), after, NOON)

    assert (same.decisions, same.changed, same.gains) == (20, 0, [])
    assert (found.decisions, found.changed, found.short_before) == (20, 20, 0)
    assert found.short_after == 20
    assert dict(found.gains)[ProductId("shirt-2")] == -20
    assert found.applied == {"out-of-stock-shirt-2": 20, RULES[0].rule_id: 20}


def test_a_rule_of_next_week_can_be_tried_today(shop: SmallShop) -> None:
    late = replace(a_rule(RuleKind.EXCLUDE, "shirt-2"), starts_at=NOON.replace(year=2030))
    visits = [Visit(a_session(), NOON)]

    today = compare(shop.decider, visits, RuleBook(), RuleBook((late,)), NOON)
    then = compare(shop.decider, visits, RuleBook(), RuleBook((late,)), NOON.replace(year=2031))

    assert (today.changed, then.changed) == (0, 1)

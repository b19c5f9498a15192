"""What the strategies list of a shop of three categories, and what their titles say."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path

import pytest

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.filters.filter import Condition, FieldComparison
from personalization.domain.asked import Strategy
from personalization.domain.errors import InvalidCursorError
from personalization.domain.identifiers import CategoryId, EventId, GenerationId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.product import Category
from personalization.domain.session import Session
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.policies.placement import Cap, Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.answer import RowAnswer
from personalization.recommendations.person import NOBODY, PersonVisits, Purchase
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.row_maker import RowMaker
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.session import a_session
from tests.builders.shops.small_shop import SmallShop, a_small_shop

KINDS = ("hat", "coat", "shoe", "sock")
EACH = 30
PRODUCTS = tuple(f"{kind}-{number}" for kind in KINDS for number in range(EACH))
ANCHOR = ProductId("hat-0")
LED_TO_ALL = ProductId("sock-29")
"""What is popular follows it, as it follows everything."""
TEN = 10


def members(names: list[str]) -> tuple[RankedMember, ...]:
    return tuple(
        RankedMember(name, 1.0 - place / (2 * len(names)), 100.0 - place, 5)
        for place, name in enumerate(names)
    )


def of_kinds(first: int, last: int, kinds: tuple[str, ...] = KINDS) -> list[str]:
    return [f"{kind}-{number}" for number in range(first, last) for kind in kinds]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    """Return a shop in which hats lead to other hats, and are bought with shoes and coats."""
    shop = a_small_shop(tmp_path_factory.mktemp("shop"))
    shop.stored_catalogue.write_categories(
        [Category(category_id=CategoryId(f"{kind}s"), name=f"{kind.title()}s") for kind in KINDS]
    )
    shop.stored_catalogue.write_products(
        [
            a_product(
                product_id=ProductId(name),
                category_id=CategoryId(f"{name.split('-')[0]}s"),
                title=name.replace("-", " ").title(),
                price=10.0 + int(name.split("-")[1]),
                brand=f"brand {int(name.split('-')[1]) % 3}",
            )
            for name in PRODUCTS
        ]
    )
    scope, bundles = "global", {f"{ANCHOR}+shoe-{n}": f"shoe-{n}" for n in range(12, 24)}
    lists = {
        (PriorTable.POPULAR_PRODUCTS, scope): members(of_kinds(0, 10)),
        (PriorTable.TRENDING, scope): members(of_kinds(10, 16)),
        (PriorTable.NEW_ARRIVALS, scope): members(of_kinds(16, 22)),
        (PriorTable.PRODUCT_AFFINITY, ANCHOR): members(
            [f"hat-{n}" for n in range(8, 29)] + of_kinds(22, 30, ("coat", "sock"))
        ),
        (PriorTable.PRODUCT_AFFINITY, LED_TO_ALL): (
            *[RankedMember(name, 1.0, 9.0, 5) for name in of_kinds(0, 3)],
            *[RankedMember(name, 0.01, 1.0, 5) for name in of_kinds(3, 20)],
        ),
        (PriorTable.BUNDLES, ANCHOR): members(list(bundles)),
        **{
            (PriorTable.BUNDLE_PRODUCTS, bundle): members([ANCHOR, other])
            for bundle, other in bundles.items()
        },
        **{
            (PriorTable.CATEGORY_LEADERS, f"{kind}s"): members([f"{kind}-{n}" for n in range(EACH)])
            for kind in KINDS
        },
        **{
            (PriorTable.PRODUCT_PRIORS, name): (
                RankedMember("popularity", 0.02 / (1 + int(name.split("-")[1])), 1.0, 5),
            )
            for name in PRODUCTS
        },
    }
    generation = GenerationId("generation-of-rows")
    shop.priors.write_many(generation, lists.items())
    shop.priors.register(a_generation(generation_id=generation))
    shop.priors.promote(generation)
    shop.active_priors.refresh()
    return shop


@pytest.fixture(scope="module")
def maker(shop: SmallShop) -> RowMaker:
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    return RowMaker(shop.decider, columns, timedelta(hours=48))


def a_row(strategy: Strategy, size: int = TEN, epsilon: float = 0.0, **asked: object) -> RowRequest:
    policy = PolicySpec.parse(f"epsilon-greedy:epsilon={epsilon}")
    name = strategy.value.replace("_", "-")
    placement = Placement(name=name, size=size, policy=policy)
    return replace(RowRequest(placement=placement, strategy=strategy), **asked)  # type: ignore[arg-type]


def a_visit(shop: SmallShop, *viewed: str) -> Session:
    session = a_session(recent=(), seen=(), interaction_count=0, region=None)
    for number, name in enumerate(viewed):
        event = an_event(
            event_id=EventId(f"view-{number}"),
            occurred_at=NOON + timedelta(seconds=number),
            product_ids=(ProductId(name),),
            region=None,
        )
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
    return session


BUYER = PersonVisits(
    viewed=tuple(map(ProductId, ("sock-3", "coat-4"))),
    bought=(
        Purchase(ProductId("sock-1"), NOON - timedelta(days=1), 1),
        Purchase(ProductId("sock-2"), NOON - timedelta(days=90), 3),
    ),
)


def ask(
    maker: RowMaker, session: Session, request: RowRequest, person: PersonVisits = NOBODY
) -> RowAnswer:
    [row] = maker.page(session, [request], NOON + timedelta(minutes=1), person)
    return row


def ids_of(row: RowAnswer) -> list[str]:
    return [item.product_id for item in row.items]


def test_no_two_strategies_share_more_than_half_of_their_first_ten(
    shop: SmallShop, maker: RowMaker
) -> None:
    session = a_visit(shop, "coat-3", ANCHOR)
    rows = {strategy: ask(maker, session, a_row(strategy), BUYER) for strategy in Strategy}

    for first, second in combinations(rows.values(), 2):
        shared = set(ids_of(first)) & set(ids_of(second))
        fell_back = first.fell_back_from or second.fell_back_from
        assert fell_back or len(shared) <= TEN / 2, (first.strategy, second.strategy, shared)


def test_what_completes_a_product_is_none_of_its_substitutes(
    shop: SmallShop, maker: RowMaker
) -> None:
    for anchors in ((ANCHOR,), (ANCHOR, ProductId("shoe-3")), (ProductId("sock-4"),)):
        similar = ask(maker, a_visit(shop), a_row(Strategy.SIMILAR, 50, anchors=anchors))
        complementary = ask(
            maker, a_visit(shop), a_row(Strategy.COMPLEMENTARY, 50, anchors=anchors)
        )
        own = {anchor.split("-")[0] for anchor in anchors}

        assert set(ids_of(similar)).isdisjoint(ids_of(complementary))
        assert {name.split("-")[0] for name in ids_of(similar)} <= own
        assert own.isdisjoint(name.split("-")[0] for name in ids_of(complementary))


def test_what_completes_a_product_is_not_simply_what_is_popular(
    shop: SmallShop, maker: RowMaker
) -> None:
    popular = ids_of(ask(maker, a_visit(shop), a_row(Strategy.POPULAR)))
    row = ask(maker, a_visit(shop), a_row(Strategy.COMPLEMENTARY, anchors=(LED_TO_ALL,)))

    assert len(row.items) == TEN
    assert 0 < len(set(popular).intersection(ids_of(row))) <= TEN / 2


def test_a_product_is_like_others_of_its_category_before_anybody_looked_at_them(
    tmp_path: Path,
) -> None:
    shop, generation = a_small_shop(tmp_path), GenerationId("generation-of-a-new-shop")
    shop.priors.write_many(
        generation, {(PriorTable.NEW_ARRIVALS, "global"): members(["skirt-1"])}.items()
    )
    shop.priors.register(a_generation(generation_id=generation))
    shop.priors.promote(generation)
    shop.active_priors.refresh()
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    rows = RowMaker(shop.decider, columns, timedelta(hours=48))
    row = ask(rows, a_visit(shop), a_row(Strategy.SIMILAR, anchors=(ProductId("shirt-1"),)))

    assert set(ids_of(row)) == {"shirt-2", "shirt-3"}
    assert {item.reason for item in row.items} == {
        f"Similar to {shop.catalogue.products([ProductId('shirt-1')])[ProductId('shirt-1')].title}"
    }


def test_bought_together_is_what_orders_hold_and_buy_again_what_is_due(
    shop: SmallShop, maker: RowMaker
) -> None:
    together = ask(maker, a_visit(shop), a_row(Strategy.BOUGHT_TOGETHER, 3, anchors=(ANCHOR,)))
    again = ask(maker, a_visit(shop), a_row(Strategy.BUY_AGAIN, 2), BUYER)
    recent = ask(maker, a_visit(shop, ANCHOR), a_row(Strategy.RECENTLY_VIEWED, 3), BUYER)

    assert ids_of(together) == ["shoe-12", "shoe-13", "shoe-14"]
    assert together.items[0].reason == "Bought together with Hat 0"
    assert ids_of(again) == ["sock-2", "sock-1"]
    assert ids_of(recent) == [ANCHOR, "sock-3", "coat-4"]


TITLES = {
    Strategy.PERSONAL: ("Because you viewed Hat 0", "Popular in the shop"),
    Strategy.SIMILAR: ("Because you viewed Hat 0", "Similar items"),
    Strategy.COMPLEMENTARY: ("Goes well with Hat 0", "Goes well with it"),
    Strategy.BOUGHT_TOGETHER: ("Bought together with Hat 0", "Bought together"),
    Strategy.BUNDLES: ("Better together", "Better together"),
    Strategy.TRENDING: ("Trending items you may love",) * 2,
    Strategy.POPULAR: ("Popular in the shop",) * 2,
    Strategy.NEW: ("New in the shop",) * 2,
    Strategy.RECENTLY_VIEWED: ("Recently viewed",) * 2,
    Strategy.BUY_AGAIN: ("Buy again",) * 2,
    Strategy.CATEGORY: ("Popular in Hats", "The best of the shop"),
}
CONTRADICTIONS = {"You viewed": ("Popular", "New", "Trending"), "Popular": ("Because", "Recently")}


@pytest.mark.parametrize(("strategy", "viewed"), list(product(Strategy, ((ANCHOR,), ()))))
def test_a_title_fits_its_cards(
    shop: SmallShop, maker: RowMaker, strategy: Strategy, viewed: tuple[str, ...]
) -> None:
    session = a_visit(shop, *viewed)

    row = ask(maker, session, a_row(strategy), BUYER)

    assert row.title == TITLES[strategy][not viewed]
    assert row.items or row.short
    for words, titles in CONTRADICTIONS.items():
        said = [item.reason.startswith(words) for item in row.items]
        assert not row.title.startswith(titles) or 2 * sum(said) <= len(said)


def test_no_row_is_empty_or_short_without_a_reason(shop: SmallShop, maker: RowMaker) -> None:
    cheap = Condition("price", FieldComparison.AT_MOST, (10.5,))
    asked = [
        a_row(strategy, 30, filter=wanted)
        for strategy in Strategy
        for wanted in (cheap, Condition("brand", FieldComparison.IS, ("nobody",)))
    ]
    for request in asked:
        row = ask(maker, a_visit(shop, ANCHOR), request)
        assert len(row.items) < 30
        assert row.short

    found = ask(maker, a_visit(shop), a_row(Strategy.POPULAR, filter=cheap))
    assert found.short == "4 products match the filter."
    dear = Condition("price", FieldComparison.AT_LEAST, (1_000.0,))
    unmatched = ask(maker, a_visit(shop), a_row(Strategy.CATEGORY, filter=dear))
    assert unmatched.short == "No product matches the filter."
    nothing = ask(maker, a_visit(shop), a_row(Strategy.BUY_AGAIN))
    assert nothing.short == "Nothing was bought yet."
    anchorless = ask(maker, a_visit(shop), a_row(Strategy.SIMILAR))
    assert anchorless.short is not None
    assert "needs a product" in anchorless.short


def test_what_follows_the_night_s_list_is_not_said_to_be_popular(
    shop: SmallShop, maker: RowMaker
) -> None:
    some = Condition("price", FieldComparison.AT_LEAST, (18.0,))

    row = ask(maker, a_visit(shop), a_row(Strategy.POPULAR, filter=some))

    listed = of_kinds(8, 10)
    assert set(listed) < set(ids_of(row))
    for item in row.items:
        kind = item.product_id.split("-")[0].title()
        is_listed = item.product_id in listed
        assert item.reason == ("Among the most popular" if is_listed else f"More from {kind}s")


def test_an_endless_list_shows_everything_once_and_ends(shop: SmallShop, maker: RowMaker) -> None:
    request, shown = a_row(Strategy.POPULAR, 20), list[str]()
    for _ in range(20):
        row = ask(maker, a_visit(shop), request)
        shown += ids_of(row)
        if row.cursor is None:
            break
        request = replace(request, cursor=row.cursor)

    assert set(PRODUCTS) <= set(shown)
    assert len(shown) == len(set(shown))
    with pytest.raises(InvalidCursorError):
        ask(maker, a_visit(shop), replace(request, cursor="no cursor!"))


def test_caps_hold_in_every_slate_and_leave_the_propensities_true(
    shop: SmallShop, maker: RowMaker
) -> None:
    cap = Cap(field="brand", most=2)
    request = a_row(Strategy.POPULAR, 3, epsilon=0.5, caps=(cap,))
    first, chances = Counter[str](), dict[str, float]()
    draws = 600
    for _ in range(draws):
        row = ask(maker, a_visit(shop), request)
        brands = Counter(int(name.split("-")[1]) % 3 for name in ids_of(row))
        assert max(brands.values()) <= cap.most
        first[row.items[0].product_id] += 1
        chances[row.items[0].product_id] = row.items[0].propensity

    assert len(chances) == 6
    assert sum(chances.values()) == pytest.approx(1.0)
    for name, chance in chances.items():
        # Four standard errors.
        assert abs(first[name] / draws - chance) < 4 * (chance * (1 - chance) / draws) ** 0.5


def test_what_a_rule_pins_is_shown_once_and_keeps_to_the_caps(shop: SmallShop) -> None:
    pin = a_rule(RuleKind.PIN, "sock-29", position=1, placements=("popular",))
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    decider = shop.decider.with_rules(FixedRules(RuleBook((pin,))))
    pinning = RowMaker(decider, columns, timedelta(hours=48))
    request, shown = a_row(Strategy.POPULAR, 3, caps=(Cap(field="brand", most=1),)), list[str]()
    for _ in range(3):
        row = ask(pinning, a_visit(shop), request)
        brands = {int(name.split("-")[1]) % 3 for name in ids_of(row)}
        assert len(brands) == 3
        shown += ids_of(row)
        assert row.cursor is not None
        request = replace(request, cursor=row.cursor)

    assert shown[0] == "sock-29"
    assert len(shown) == len(set(shown)) == 9


def test_a_fallback_follows_what_the_strategy_found_and_is_told_of(
    shop: SmallShop, maker: RowMaker
) -> None:
    request = a_row(Strategy.BUNDLES, 4, anchors=(ANCHOR,), fallbacks=(Strategy.BOUGHT_TOGETHER,))
    few = a_row(Strategy.BUY_AGAIN, 4, fallbacks=(Strategy.TRENDING,))

    whole, mixed = (ask(maker, a_visit(shop), row, BUYER) for row in (request, few))

    assert (whole.strategy, whole.fell_back_from) == (Strategy.BOUGHT_TOGETHER, Strategy.BUNDLES)
    assert [item.source for item in mixed.items] == ["buy_again"] * 2 + ["trending"] * 2
    assert ids_of(mixed) == ["sock-2", "sock-1", "hat-10", "coat-10"]


def test_the_shop_s_own_scores_order_what_nothing_else_tells_apart(
    shop: SmallShop, maker: RowMaker
) -> None:
    ids = tuple(map(ProductId, ("hat-5", "coat-5", "shoe-5", "gone", "hat-5")))
    scores = {ids[0]: -1e300, ids[1]: 0.0, ids[2]: 1e300}
    placement = a_row(Strategy.PERSONAL, 3).placement
    request = RankRequest(placement=placement, product_ids=ids, scores=scores)
    wanted = Condition("category", FieldComparison.IS, ("shoes",))
    tiny = dict(zip(ids, (0.0, 5e-324, 1e-323), strict=False))
    ranked = maker.rank(a_visit(shop), request, NOON)
    nearly = maker.rank(a_visit(shop), replace(request, scores=tiny), NOON)
    same = maker.rank(a_visit(shop), replace(request, scores=dict.fromkeys(ids, 3.0)), NOON)
    shoes = maker.rank(a_visit(shop), replace(request, filter=wanted), NOON)
    none = maker.rank(a_visit(shop), replace(request, product_ids=(ProductId("gone"),)), NOON)

    assert [item.product_id for item in ranked.items] == ["shoe-5", "coat-5", "hat-5"]
    assert [item.product_id for item in nearly.items] == ["shoe-5", "coat-5", "hat-5"]
    assert ranked.unknown == ("gone",)
    assert same.record is not None
    assert same.record.decision.asked is not None
    assert same.record.decision.asked.term_shares == ()
    assert shoes.left_out == ("hat-5", "coat-5")
    assert (none.items, none.record) == ((), None)
    assert none.short == "The catalogue knows none of the 1 products."

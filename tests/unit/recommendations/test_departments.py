"""In a small shop, whose categories share a parent, something goes with a product nevertheless."""

from datetime import timedelta
from pathlib import Path

from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.domain.asked import Strategy
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.product import Category
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.answer import RowAnswer
from personalization.recommendations.request import RowRequest
from personalization.recommendations.row_maker import RowMaker
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.session import a_session
from tests.builders.shops.small_shop import SmallShop, a_small_shop

ANCHOR = "blouse-0"
KINDS = ("blouse", "trouser", "belt")
BOUGHT_WITH = {"trouser-1", "belt-2"}


def members(*names: str) -> tuple[RankedMember, ...]:
    return tuple(
        RankedMember(name, 1.0 - place / 20, 20.0 - place, 5) for place, name in enumerate(names)
    )


def a_department(folder: Path) -> SmallShop:
    """Return a shop of four products a category, all of one department."""
    shop = a_small_shop(folder)
    women = Category(category_id=CategoryId("women"), name="Women")
    shop.stored_catalogue.write_categories(
        [women]
        + [
            Category(category_id=CategoryId(kind), name=kind, parent_id=women.category_id)
            for kind in KINDS
        ]
    )
    names = [f"{kind}-{number}" for kind in KINDS for number in range(4)]
    shop.stored_catalogue.write_products(
        [
            a_product(
                product_id=ProductId(name), category_id=CategoryId(name.split("-")[0]), title=name
            )
            for name in names
        ]
    )
    lists = {
        (PriorTable.PRODUCT_AFFINITY, ANCHOR): members(*names[1:]),
        (PriorTable.BUNDLES, ANCHOR): members(*BOUGHT_WITH),
        **{(PriorTable.BUNDLE_PRODUCTS, other): members(ANCHOR, other) for other in BOUGHT_WITH},
    }
    generation = GenerationId("generation-of-a-department")
    shop.priors.write_many(generation, lists.items())
    shop.priors.register(a_generation(generation_id=generation))
    shop.priors.promote(generation)
    shop.active_priors.refresh()
    return shop


def ask(maker: RowMaker, strategy: Strategy) -> RowAnswer:
    policy = PolicySpec.parse("epsilon-greedy:epsilon=0")
    request = RowRequest(
        placement=Placement(name=strategy.value, size=6, policy=policy),
        strategy=strategy,
        anchors=(ProductId(ANCHOR),),
    )
    [row] = maker.page(a_session(recent=(), seen=(), region=None), [request], NOON)
    return row


def test_a_category_that_there_is_not_is_called_unknown(tmp_path: Path) -> None:
    shop = a_department(tmp_path)
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    maker = RowMaker(shop.decider, columns, timedelta(hours=48))
    request = RowRequest(
        placement=Placement(name="category"),
        strategy=Strategy.CATEGORY,
        category_id=CategoryId("blouses"),
    )

    [row] = maker.page(a_session(recent=(), seen=(), region=None), [request], NOON)

    assert (row.items, row.title) == ((), "The best of the shop")
    assert row.short == "The catalogue has no category 'blouses'."


def test_what_is_bought_with_a_product_completes_it_though_it_is_of_the_same_department(
    tmp_path: Path,
) -> None:
    shop = a_department(tmp_path)
    columns = FilterColumns(shop.stored_catalogue)
    columns.refresh()
    maker = RowMaker(shop.decider, columns, timedelta(hours=48))

    similar, goes_with = ask(maker, Strategy.SIMILAR), ask(maker, Strategy.COMPLEMENTARY)

    alike = [item.product_id for item in similar.items]
    assert set(alike[:3]) == {"blouse-1", "blouse-2", "blouse-3"}
    assert {item.product_id for item in goes_with.items} == BOUGHT_WITH
    assert BOUGHT_WITH.isdisjoint(alike)

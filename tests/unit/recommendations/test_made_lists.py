"""Lists that depend on no shopper are made once, and anew when what they are made of changes."""

import pytest

from personalization.decisions.pinned import Pinned
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.product import Category
from personalization.recommendations.made_lists import MOST_MADE, MadeLists
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.shops.small_shop import SmallShop, a_small_shop, promote_with_index

SHIRT = ProductId("shirt-1")


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> SmallShop:
    return a_small_shop(tmp_path_factory.mktemp("shop"))


class Making:
    """Makes a list of one product, and counts how often."""

    def __init__(self, lists: MadeLists, product_id: ProductId = SHIRT) -> None:
        self.lists = lists
        self.product_id = product_id
        self.times = 0

    def ask(self, pinned: Pinned) -> list[str]:
        def make() -> list[str]:
            self.times += 1
            found = pinned.catalogue.products([self.product_id])
            return [product.title for product in found.values()]

        return self.lists.of(pinned).keep(("titles", self.product_id), make)


def test_it_is_made_once_for_all_who_ask(shop: SmallShop) -> None:
    making = Making(MadeLists())

    asked = [making.ask(shop.decider.pin(NOON, region)) for region in (None, Region("de"), None)]

    assert asked == [["Shirt 1"]] * 3
    assert making.times == 1


def test_it_is_made_anew_where_a_product_has_changed(shop: SmallShop) -> None:
    making = Making(MadeLists())
    making.ask(shop.decider.pin(NOON, None))

    shop.stored_catalogue.write_products([a_product(product_id=SHIRT, title="Another")])
    shop.catalogue.refresh()

    assert making.ask(shop.decider.pin(NOON, None)) == ["Another"]


def test_it_is_made_anew_where_a_category_has_changed(shop: SmallShop) -> None:
    making = Making(MadeLists())
    pinned = shop.decider.pin(NOON, None)
    pinned.catalogue.category_name(CategoryId("shirts"))
    making.ask(pinned)

    renamed = Category(category_id=CategoryId("shirts"), name="Tops")
    shop.stored_catalogue.write_categories([renamed])
    shop.catalogue.refresh()
    making.ask(shop.decider.pin(NOON, None))

    assert making.times == 2


def test_it_is_made_anew_for_another_generation(shop: SmallShop) -> None:
    making = Making(MadeLists())
    making.ask(shop.decider.pin(NOON, None))

    promote_with_index(shop)
    making.ask(shop.decider.pin(NOON, None))

    assert making.times == 2


def test_what_lacks_a_product_is_not_kept(shop: SmallShop) -> None:
    making = Making(MadeLists(), ProductId("shirt-9"))
    assert making.ask(shop.decider.pin(NOON, None)) == []

    shop.stored_catalogue.write_products([a_product(product_id=ProductId("shirt-9"), title="New")])
    shop.catalogue.forget()

    assert making.ask(shop.decider.pin(NOON, None)) == ["New"]


def test_it_keeps_no_more_than_it_may(shop: SmallShop) -> None:
    lists, pinned = MadeLists(), shop.decider.pin(NOON, None)
    for number in range(MOST_MADE + 1):
        lists.of(pinned).keep(number, lambda: "kept")

    assert lists.of(pinned).keep(0, lambda: "made again") == "made again"

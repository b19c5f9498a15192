"""The parent of a group is what its variants make it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.catalogue.groups import (
    MOST_OPTIONS,
    MOST_VARIANTS,
    GroupMember,
    parent_of,
    update_parents,
    with_variants,
)
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, ProductDetails
from personalization.domain.product_changes import ProductUpdate
from tests.builders.product import a_product

POLO = ProductId("polo")
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def a_variant(name: str, details: ProductDetails | None = None, **fields: Any) -> GroupMember:
    product = a_product(product_id=ProductId(name), group_id=POLO, **fields)
    return GroupMember(product, details)


def test_a_parent_has_the_lowest_price_of_what_can_be_bought() -> None:
    parent, _ = parent_of(
        [
            a_variant("polo-s", price=12.0, stock=0),
            a_variant("polo-m", price=20.0, list_price=25.0, stock=3),
            a_variant("polo-l", price=22.0, stock=2),
        ]
    )
    assert (parent.product_id, parent.group_id) == ("polo", None)
    assert (parent.price, parent.list_price, parent.stock) == (20.0, 25.0, 5)
    assert parent.is_shown(MAY, None)


def test_a_parent_is_sold_out_with_its_last_variant() -> None:
    variants = [a_variant("polo-s", stock=0), a_variant("polo-m", stock=0)]
    parent, _ = parent_of(variants)
    assert parent.availability is Availability.OUT_OF_STOCK
    ordered = a_variant("polo-m", availability=Availability.BACKORDER)
    assert parent_of([variants[0], ordered])[0].availability is Availability.BACKORDER


def test_a_parent_is_sold_while_and_where_any_variant_is() -> None:
    early = a_variant("polo-s", available_from=MAY, available_until=JUNE, markets=("pl",))
    late = a_variant("polo-m", available_from=JUNE, markets=("de",))
    parent, _ = parent_of([early, late])
    assert (parent.available_from, parent.available_until) == (MAY, None)
    assert parent.markets == ("de", "pl")
    assert parent_of([early, a_variant("polo-m")])[0].markets == ()


def test_a_parent_goes_with_the_last_variant_that_a_feed_had() -> None:
    gone = [a_variant("polo-s", retired_at=MAY), a_variant("polo-m", retired_at=JUNE)]
    assert parent_of(gone)[0].retired_at == JUNE
    assert parent_of([gone[0], a_variant("polo-m")])[0].retired_at is None


def test_a_parent_names_what_all_variants_share_and_every_option() -> None:
    parent, details = parent_of(
        [
            a_variant(
                "polo-2",
                ProductDetails(
                    product_id=ProductId("polo-2"), tags=("golf",), cost=4.0, material="cotton"
                ),
                title="Polo shirt - red M",
                colour="red",
                size="M",
                listed_on=date(2026, 2, 1),
                rating_count=5,
                rating=3.0,
            ),
            a_variant(
                "polo-1",
                ProductDetails(product_id=ProductId("polo-1"), sizes=("XS",), material="cotton"),
                title="Polo shirt - blue S",
                colour="blue",
                size="S",
                listed_on=date(2026, 1, 1),
                rating_count=9,
                rating=4.0,
            ),
        ]
    )
    assert (parent.title, parent.colour, parent.size) == ("Polo shirt", None, None)
    assert (parent.rating, parent.listed_on) == (4.0, date(2026, 1, 1))
    assert (details.sizes, details.colours) == (("S", "XS", "M"), ("blue", "red"))
    assert (details.tags, details.material) == (("golf",), "cotton")
    assert details.made_of_variants


def test_the_order_of_variants_changes_nothing() -> None:
    variants = [a_variant(f"polo-{n}", price=float(n % 3), size=str(n)) for n in range(20)]
    expected = parent_of(variants)
    Random(5).shuffle(variants)
    assert parent_of(variants) == expected


def test_a_parent_that_the_shop_gave_keeps_what_it_says_of_itself() -> None:
    given = a_product(product_id=POLO, title="The polo", price=18.0)
    variants = [a_variant("polo-s", stock=0, size="S"), a_variant("polo-m", stock=0, size="M")]
    sold_out, details = with_variants(given, None, variants)
    assert sold_out == replace(given, availability=Availability.OUT_OF_STOCK, stock=0)
    assert details.sizes == ("M", "S")
    assert not details.made_of_variants
    back, _ = with_variants(sold_out, details, [*variants, a_variant("polo-l", stock=4)])
    assert (back.is_on_sale, back.stock, back.price) == (True, 4, 18.0)


def test_a_parent_of_ten_thousand_variants_stays_small_and_one_more_is_refused() -> None:
    variants = [a_variant(f"polo-{n}", size=f"size {n}") for n in range(MOST_VARIANTS)]
    _, details = parent_of(variants)
    assert len(details.sizes) == MOST_OPTIONS
    with pytest.raises(ValueError, match="1 to 10,000 variants"):
        parent_of([*variants, a_variant("polo-x")])


def test_variants_of_several_groups_have_no_parent() -> None:
    with pytest.raises(ValueError, match="one group"):
        parent_of([a_variant("polo-s"), GroupMember(a_product())])
    with pytest.raises(ValueError, match="1 to 10,000"):
        parent_of([])


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0)) as opened:
        yield opened


def test_a_made_parent_follows_its_variants_and_goes_with_the_last(
    catalogue: SqliteCatalogue,
) -> None:
    small, large = a_variant("polo-s", price=9.0, stock=1).product, a_variant("polo-l").product
    catalogue.write_products([small, large])
    assert update_parents(catalogue, [POLO], MAY) == 1
    assert catalogue.read_products([POLO])[POLO].price == 9.0
    assert update_parents(catalogue, [POLO], MAY) == 0

    catalogue.write_products([replace(small, stock=0), replace(large, price=30.0)])
    update_parents(catalogue, [POLO], MAY)
    assert catalogue.read_products([POLO])[POLO].price == 30.0

    catalogue.write_products([replace(small, group_id=None), replace(large, group_id=None)])
    update_parents(catalogue, [POLO], JUNE)
    assert catalogue.read_products([POLO])[POLO].retired_at == JUNE

    catalogue.write_products([large])
    update_parents(catalogue, [POLO], JUNE)
    assert catalogue.read_products([POLO])[POLO].retired_at is None


def test_what_is_no_parent_stays_as_it_is(catalogue: SqliteCatalogue) -> None:
    catalogue.write_products([a_product()])
    assert update_parents(catalogue, [a_product().product_id, ProductId("no")], MAY) == 0
    assert list(catalogue.read_products([a_product().product_id, ProductId("no")])) == ["shirt-1"]


def test_the_later_of_two_writers_leaves_what_both_have_written(tmp_path: Path) -> None:
    """The other one's variant arrives, with the parent of it, between our reads and writes."""
    small, large = a_variant("polo-s", price=9.0).product, a_variant("polo-l", price=8.0).product

    class OvertakenCatalogue(SqliteCatalogue):
        overtaken = False

        def write_details(self, details: Sequence[ProductDetails]) -> None:
            super().write_details(details)
            if not self.overtaken:
                self.overtaken = True
                self.write_products([large])
                update_parents(self, [POLO], MAY)

    with closing(OvertakenCatalogue(tmp_path / "catalogue.sqlite", 0)) as catalogue:
        catalogue.write_products([small])
        update_parents(catalogue, [POLO], MAY)
        assert catalogue.read_products([POLO])[POLO].price == 8.0


class _CatalogueInUse(SqliteCatalogue):
    """Somebody gives the parent another title between what is read and written of it, once."""

    titles: Sequence[str] = ("Ours",)

    def read_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, ProductDetails]:
        for title in self.titles:
            self.update_products([ProductUpdate(product_id=POLO, product={"title": title})])
        self.titles = ()
        return super().read_details(product_ids)


def test_a_parent_that_is_written_meanwhile_keeps_what_its_variants_do_not_say(
    tmp_path: Path,
) -> None:
    with closing(_CatalogueInUse(tmp_path / "catalogue.sqlite", 0)) as catalogue:
        variant = a_variant("polo-s", stock=3).product
        catalogue.write_products([a_product(product_id=POLO, title="Polo", stock=1), variant])
        update_parents(catalogue, [POLO], MAY)
        parent = catalogue.read_products([POLO])[POLO]
        assert (parent.title, parent.stock) == ("Ours", 3)

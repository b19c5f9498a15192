import msgspec

from personalization.catalogue.page_details import NO_DETAILS, PageDetails
from personalization.domain.prior import PriorTable, RankedMember, counts_people
from personalization.domain.privacy.small_counts import NONE_OF_FEW, SmallCounts
from personalization.domain.product import Availability, Category, Product


class ProductCard(msgspec.Struct, frozen=True):
    """What a page needs to draw a product."""

    product_id: str
    category_id: str
    category_name: str
    title: str
    price: float | None
    currency: str
    rating: float | None
    """Mean stars, 1 to 5; null where nobody has rated."""
    rating_count: int | None
    """Rounded down; null of too few people (docs/small-counts.md)."""
    image_url: str | None
    colour: str | None
    brand: str | None = None
    list_price: float | None = None
    """The price before a reduction."""
    availability: str = Availability.IN_STOCK.value
    """in_stock, out_of_stock, preorder or backorder."""
    page_url: str | None = None
    size: str | None = None
    """Of a variant."""
    sizes: tuple[str, ...] = ()
    """In which it is made: of a parent, those of its variants."""
    colours: tuple[str, ...] = ()
    group_id: str | None = None
    """The parent product whose variant this is."""


class RankedProduct(msgspec.Struct, frozen=True):
    """A product in a ranked list, with the figure that put it there.

    Of too few shoppers no figure is told (docs/small-counts.md).
    """

    product: ProductCard
    strength: float | None
    """0 to 1 within its list, to two digits."""
    value: float | None
    """The figure to two digits: a probability, a number of interactions, stars."""
    support: int | None
    """Shoppers behind the figure, rounded down."""


class ProductList(msgspec.Struct, frozen=True):
    """Products, best first."""

    products: list[RankedProduct]


class ProductCards(msgspec.Struct, frozen=True):
    """The products that exist among those asked for, in the order of the question."""

    products: list[ProductCard]


class SearchHit(msgspec.Struct, frozen=True):
    """A product that was found by words."""

    product: ProductCard
    score: float
    """0 to 1: how much of the words title, brand and category have."""


class FoundProducts(msgspec.Struct, frozen=True):
    """What has the words, those with most of them first."""

    products: list[SearchHit]


class CategoryCard(msgspec.Struct, frozen=True):
    """A category, with the figure it is ranked by where it has one."""

    category_id: str
    name: str
    value: float | None
    """Mean stars, or weighted interactions to two digits; null of too few people."""
    support: int | None
    """Shoppers rounded down, or products that are rated; null of too few shoppers."""
    image_url: str | None
    """Of its leading product that has a picture, for the first twelve categories."""


class CategoryList(msgspec.Struct, frozen=True):
    """Every category, best first."""

    ranked_by: str
    """rating, popularity, or name where there are no priors."""
    categories: list[CategoryCard]


def ranked_product(card: ProductCard, member: RankedMember, counts: SmallCounts) -> RankedProduct:
    return RankedProduct(
        product=card,
        strength=counts.amount(member.strength, member.support),
        value=counts.amount(member.value, member.support),
        support=counts.figure(member.support),
    )


def category_card(
    category: Category,
    table: PriorTable | None,
    figure: RankedMember | None,
    counts: SmallCounts,
    image_url: str | None,
) -> CategoryCard:
    """Return a category with its member of the table that ranks them, if there are both."""
    value, support = None, None
    if table is None or not counts_people(table):
        value, support = (None, 0) if figure is None else (figure.value, figure.support)
    elif figure is None:
        support = counts.figure(0)
    else:
        value = counts.amount(figure.value, figure.support)
        support = counts.figure(figure.support)
    return CategoryCard(category.category_id, category.name, value, support, image_url)


def product_card(
    product: Product,
    category_name: str,
    details: PageDetails = NO_DETAILS,
    counts: SmallCounts = NONE_OF_FEW,
) -> ProductCard:
    """Return what visitors are told; what the shop pays for a product is not among it."""
    sold = product.availability if product.is_on_sale else Availability.OUT_OF_STOCK
    return ProductCard(
        product_id=product.product_id,
        category_id=product.category_id,
        category_name=category_name,
        title=product.title,
        price=product.price,
        currency=product.currency,
        rating=product.rating,
        rating_count=counts.figure(product.rating_count),
        image_url=product.image_url,
        colour=product.colour,
        brand=product.brand,
        list_price=product.list_price,
        availability=sold.value,
        page_url=details.page_url,
        size=product.size,
        sizes=details.sizes,
        colours=details.colours,
        group_id=product.group_id,
    )

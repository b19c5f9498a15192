import msgspec

from personalization.catalogue.page_details import NO_DETAILS, PageDetails
from personalization.domain.product import Availability, Product


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
    rating_count: int
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
    """A product in a ranked list, with the figure that put it there."""

    product: ProductCard
    strength: float
    """0 to 1 within its list."""
    value: float
    """The raw figure: a probability, a number of interactions, stars."""
    support: int
    """Observations behind the figure."""


class ProductList(msgspec.Struct, frozen=True):
    """Products, best first."""

    products: list[RankedProduct]


class ProductCards(msgspec.Struct, frozen=True):
    """The products that exist among those asked for, in the order of the question."""

    products: list[ProductCard]


class CategoryCard(msgspec.Struct, frozen=True):
    """A category, with the figure it is ranked by where it has one."""

    category_id: str
    name: str
    value: float | None
    support: int


class CategoryList(msgspec.Struct, frozen=True):
    """Every category, best first."""

    ranked_by: str
    """rating, popularity, or name where there are no priors."""
    categories: list[CategoryCard]


def product_card(
    product: Product, category_name: str, details: PageDetails = NO_DETAILS
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
        rating_count=product.rating_count,
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

import msgspec

from personalization.domain.product import Product


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


def product_card(product: Product, category_name: str) -> ProductCard:
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
    )

"""A product as calls send and return it."""

from datetime import date, datetime

import msgspec

from personalization.domain.product import AttributeValue, Availability, Product, ProductDetails

WireText = str | int
"""An id; a whole number in JSON is its decimal text."""
WirePrice = float | str | None
"""A number from 0, or a text such as "12,50 €" that can be read in one way only."""
WireTexts = list[str] | str | None
"""A bare text is a list of one."""
WireCount = int | str | None
"""A whole number from 0; less is 0."""
WireDay = date | None
"""Such as 2026-05-31."""
WireTime = datetime | float | None
"""Such as 2026-05-31T08:00:00+02:00, or epoch milliseconds."""


class CatalogueProduct(msgspec.Struct, kw_only=True):
    """All that the shop says of a product; null and an absent field are the same in a `PUT`."""

    id: WireText
    """At most 128 visible characters."""
    title: str
    """At most 1,000 characters; markup stays text."""
    category_id: WireText | None = None
    """Of the category it is in; the last of `category_path` where it is absent."""
    category_path: list[str] | str | None = None
    """Names from the root, at most 10; as a text with > between them."""
    group_id: WireText | None = None
    """The parent product whose variant this is: shown and counted as that one."""
    description: str | None = None
    """At most 20,000 characters; markup stays text."""
    brand: str | None = None
    gender: str | None = None
    size: str | None = None
    """Of a variant."""
    sizes: WireTexts = None
    """In which it is made; at most 200, as all lists."""
    colour: str | None = None
    colours: WireTexts = None
    material: str | None = None
    tags: WireTexts = None
    price: WirePrice = None
    list_price: WirePrice = None
    """The price before a reduction."""
    currency: str | None = None
    """ISO 4217, of all prices; needed where none stands beside a price."""
    cost: WirePrice = None
    """What the shop pays for a piece; no visitor is told."""
    availability: Availability | None = None
    """in_stock where it is absent."""
    stock: WireCount = None
    """Pieces that can be sold, null where nobody counts them."""
    image: str | None = None
    """Address of the picture: https, or a path on the shop's own site."""
    images: WireTexts = None
    """Further pictures."""
    page: str | None = None
    """Address of the product's page."""
    listed_on: WireDay = None
    """The first day on sale."""
    available_from: WireTime = None
    available_until: WireTime = None
    """The first moment at which it can no longer be bought."""
    rating: float | None = None
    """Mean stars, 1 to 5."""
    rating_count: WireCount = None
    bought_last_month: WireCount = None
    markets: WireTexts = None
    """Regions where it is sold, such as de; none named is everywhere."""
    attributes: dict[str, AttributeValue] | None = None
    """At most 100 by name: texts, numbers, true or false, or lists of texts."""


class StoredProduct(CatalogueProduct, kw_only=True, omit_defaults=True):
    """A product as the catalogue has it; what it has not is absent.

    Values are of one kind each here, whatever the shop may send.
    """

    id: str
    category_id: str | None = None
    category_path: list[str] | None = None
    group_id: str | None = None
    sizes: list[str] | None = None
    colours: list[str] | None = None
    tags: list[str] | None = None
    price: float | None = None
    list_price: float | None = None
    cost: float | None = None
    stock: int | None = None
    images: list[str] | None = None
    available_from: datetime | None = None
    available_until: datetime | None = None
    rating_count: int | None = None
    bought_last_month: int | None = None
    markets: list[str] | None = None
    retired_at: datetime | None = None
    """Since when it is no longer recommended."""
    made_of_variants: bool = False
    """Whether the shop gave no parent, so that one was made of its variants."""


def stored_product(product: Product, details: ProductDetails | None) -> StoredProduct:
    own = details or ProductDetails(product_id=product.product_id)
    return StoredProduct(
        id=product.product_id,
        title=product.title,
        category_id=product.category_id,
        category_path=list(own.category_path) or None,
        group_id=product.group_id,
        description=own.description or None,
        brand=product.brand,
        gender=own.gender,
        size=product.size,
        sizes=list(own.sizes) or None,
        colour=product.colour,
        colours=list(own.colours) or None,
        material=own.material,
        tags=list(own.tags) or None,
        price=product.price,
        list_price=product.list_price,
        currency=product.currency,
        cost=own.cost,
        availability=product.availability,
        stock=product.stock,
        image=product.image_url,
        images=list(own.image_urls) or None,
        page=own.page_url,
        listed_on=product.listed_on,
        available_from=product.available_from,
        available_until=product.available_until,
        rating=product.rating,
        rating_count=product.rating_count or None,
        bought_last_month=product.bought_last_month or None,
        markets=list(product.markets) or None,
        attributes=dict(own.attributes) or None,
        retired_at=product.retired_at,
        made_of_variants=own.made_of_variants,
    )


class ProductStock(msgspec.Struct, kw_only=True):
    """What shops write often; only what is named is written, and null takes a value away."""

    id: WireText
    price: WirePrice | msgspec.UnsetType = msgspec.UNSET
    list_price: WirePrice | msgspec.UnsetType = msgspec.UNSET
    currency: str | msgspec.UnsetType = msgspec.UNSET
    availability: Availability | msgspec.UnsetType | None = msgspec.UNSET
    stock: WireCount | msgspec.UnsetType = msgspec.UNSET


ProductChanges = msgspec.defstruct(
    "ProductChanges",
    [
        (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
        for field in msgspec.structs.fields(CatalogueProduct)
        if field.name != "id"
    ],
    namespace={"__doc__": "Fields of a product that change; null takes a value away."},
    kw_only=True,
)

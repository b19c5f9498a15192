"""Which staged products are new or changed, and in what; the others are not written again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from personalization.catalogue.pictures import is_own_picture
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product, ProductDetails
from personalization.ports.catalogue import Catalogue

_PRODUCT_FIELDS = tuple(each.name for each in fields(Product))
_DETAIL_FIELDS = tuple(each.name for each in fields(ProductDetails))


@dataclass(slots=True)
class ChangeCounts:
    """What an import makes of the catalogue."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """Of changed products: how many have another value of each."""


@dataclass(frozen=True, slots=True)
class ChangedProducts:
    """Some of what is to be written."""

    products: Sequence[Product]
    details: Sequence[ProductDetails]


def changes_of(
    stage: Catalogue, catalogue: Catalogue, counts: ChangeCounts, *, keeps_known: bool
) -> Iterator[ChangedProducts]:
    """Yield what of the stage the catalogue does not have so, and count it.

    What `keeps_known` has no better knowledge of a product than the catalogue: only new ones
    are of use.
    """
    for page in stage.all_products():
        known = catalogue.read_products([product.product_id for product in page])
        products = [
            _as_known_before(product, known.get(product.product_id))
            for product in page
            if not (keeps_known and product.product_id in known)
        ]
        ids = [product.product_id for product in products]
        staged = stage.read_details(ids)
        details = catalogue.read_details(list(staged))
        written = [product for product in products if known.get(product.product_id) != product]
        detailed = [
            each
            for product_id, each in staged.items()
            if (details.get(product_id) or ProductDetails(product_id=product_id)) != each
        ]
        _count(ids, known, written, [(details.get(each.product_id), each) for each in detailed],
               counts)  # fmt: skip
        if written or detailed:
            yield ChangedProducts(written, detailed)


def _as_known_before(product: Product, known: Product | None) -> Product:
    """Return a product with what its row does not say, and the catalogue has from elsewhere.

    One that is hidden again is hidden since it was hidden first; a picture of our own stays.
    """
    if known is None:
        return product
    if product.retired_at is not None and known.retired_at is not None:
        product = replace(product, retired_at=known.retired_at)
    if product.image_url is None and is_own_picture(known.image_url):
        product = replace(product, image_url=known.image_url)
    return product


def _count(
    ids: Sequence[ProductId],
    known: Mapping[ProductId, Product],
    products: Sequence[Product],
    details: Sequence[tuple[ProductDetails | None, ProductDetails]],
    counts: ChangeCounts,
) -> None:
    changed: set[ProductId] = set()
    for product in products:
        before = known.get(product.product_id)
        if before is not None:
            changed.add(product.product_id)
            counts.fields.update(_differences(_PRODUCT_FIELDS, before, product))
    for described, detail in details:
        if detail.product_id in known:
            changed.add(detail.product_id)
            blank = described or ProductDetails(product_id=detail.product_id)
            counts.fields.update(_differences(_DETAIL_FIELDS, blank, detail))
    new = sum(product_id not in known for product_id in ids)
    counts.new += new
    counts.changed += len(changed)
    counts.unchanged += len(ids) - new - len(changed)


def _differences(names: Sequence[str], before: object, after: object) -> list[str]:
    return [name for name in names if getattr(before, name) != getattr(after, name)]

"""What a page is answered, from what was made of its rows and lists."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from api.schemas.recommendations import RankedItem, ShownItem, ShownRow
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.page_details import NO_DETAILS, PageDetails
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product
from personalization.recommendations.answer import PlacedProduct, RowAnswer, RowItem


def shown_rows(
    answers: Sequence[RowAnswer], tokens: Sequence[str | None], catalogue: CatalogueCache
) -> list[ShownRow]:
    """Return the rows with the cards of their products; `tokens` runs parallel to them."""
    names = list(dict.fromkeys(item.product_id for row in answers for item in row.items))
    products, details = catalogue.products(names), catalogue.page_details(names)
    cards = _Cards(products, details, catalogue)
    return [_shown_row(answer, token, cards) for answer, token in zip(answers, tokens, strict=True)]


def ranked_items(items: Sequence[PlacedProduct]) -> list[RankedItem]:
    return [
        RankedItem(
            item.product_id,
            item.slot,
            item.score,
            item.propensity,
            item.explored,
        )
        for item in items
    ]


class _Cards:
    def __init__(
        self,
        products: Mapping[ProductId, Product],
        details: Mapping[ProductId, PageDetails],
        catalogue: CatalogueCache,
    ) -> None:
        self._products = products
        self._details = details
        self._category_name = lru_cache(catalogue.category_name)

    def item(self, item: RowItem) -> ShownItem | None:
        """Return None for a product that was taken out of the catalogue a moment ago."""
        product = self._products.get(item.product_id)
        if product is None:
            return None
        sold = product.availability if product.is_on_sale else Availability.OUT_OF_STOCK
        return ShownItem(
            product_id=item.product_id,
            slot=item.slot,
            score=item.score,
            propensity=item.propensity,
            explored=item.explored,
            source=item.source,
            reason=item.reason,
            title=product.title,
            category_id=product.category_id,
            category_name=self._category_name(product.category_id),
            price=product.price,
            currency=product.currency,
            image_url=product.image_url,
            brand=product.brand,
            list_price=product.list_price,
            availability=sold.value,
            page_url=self._details.get(item.product_id, NO_DETAILS).page_url,
        )


def _shown_row(answer: RowAnswer, token: str | None, cards: _Cards) -> ShownRow:
    return ShownRow(
        placement=answer.placement,
        title=answer.title,
        strategy=answer.strategy,
        items=[shown for shown in map(cards.item, answer.items) if shown is not None],
        fell_back_from=answer.fell_back_from,
        short=answer.short,
        cursor=answer.cursor,
        decision_id=answer.record.decision.decision_id if answer.record else None,
        decision_token=token,
    )

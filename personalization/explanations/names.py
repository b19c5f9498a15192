from collections.abc import Sequence
from dataclasses import dataclass

from personalization.domain.decision import Action
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product
from personalization.domain.profile import ScoredProduct
from personalization.explanations.clauses import Subject
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionRecord

MOST_OF_A_LIST = 50
"""Of a ranked list of the shop's own, from the top: more nobody reads."""


def explained_products(record: DecisionRecord) -> list[ProductId]:
    """Return the products of the profile, and of a ranked list, which has none, its first ones."""
    shown = [product.product_id for product in record.profile.score_data.products]
    return shown or [slot.product_id for slot in record.decision.slate[:MOST_OF_A_LIST]]


@dataclass(frozen=True, slots=True)
class Names:
    """Names as the record keeps them, and as the catalogue has them where it does not."""

    products: dict[ProductId, tuple[str, float | None]]
    """Titles and stars by product id."""
    categories: dict[CategoryId, str]

    @classmethod
    def of(
        cls, record: DecisionRecord, catalogue: Catalogue, others: Sequence[ProductId] = ()
    ) -> "Names":
        decision, profile = record.decision, record.profile
        named = {category.category_id: category.name for category in profile.score_data.categories}
        wanted = [action.category_id for action in decision.actions]
        wanted += [
            CategoryId(event.category_id) for event in decision.evidence if event.category_id
        ]
        missing = list(dict.fromkeys(category for category in wanted if category not in named))
        found = catalogue.read_categories(missing)
        kept = {product.product_id for product in profile.score_data.products}
        unnamed = [product for product in explained_products(record) if product not in kept]
        known = catalogue.read_products([*others, *unnamed])
        products: list[Product | ScoredProduct] = [*known.values(), *profile.score_data.products]
        return cls(
            products={product.product_id: (product.title, product.rating) for product in products},
            categories={category.category_id: category.name for category in found.values()} | named,
        )

    def product(self, action: Action) -> Subject:
        title, rating = self.products.get(action.product_id, (action.product_id, None))
        return Subject(title=title, place=self.category(action.category_id).title, rating=rating)

    def category(self, category_id: CategoryId) -> Subject:
        name = self.categories.get(category_id, category_id)
        return Subject(title=name, place=name)

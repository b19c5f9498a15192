"""The cards of some of a decision's products, each with its reason."""

from collections.abc import Sequence

from personalization.catalogue.pinned_catalogue import PinnedCatalogue
from personalization.domain.action_table import category_ids_of, product_ids_of, scores_of
from personalization.domain.decision import Decision
from personalization.domain.profile import ScoredProduct
from personalization.explanations.clauses import Clauses


def scored_products(
    decision: Decision, clauses: Clauses, catalogue: PinnedCatalogue, numbers: Sequence[int]
) -> list[ScoredProduct]:
    """Return the products at some places among the decision's actions, in their order."""
    actions = decision.actions
    product_ids, category_ids = product_ids_of(actions), category_ids_of(actions)
    scores = scores_of(actions)
    known = catalogue.products([product_ids[number] for number in numbers])
    products = [known[product_ids[number]] for number in numbers]
    places = catalogue.category_names([category_ids[number] for number in numbers])
    ratings = [product.rating for product in products]
    reasons = clauses.product_reasons(numbers, places, ratings)
    return [
        ScoredProduct(
            product_id=product_ids[number],
            category_id=category_ids[number],
            title=product.title,
            price=product.price,
            currency=product.currency,
            image_url=product.image_url,
            rating=product.rating,
            score=scores[number],
            reason=reason,
        )
        for number, product, reason in zip(numbers, products, reasons, strict=True)
    ]

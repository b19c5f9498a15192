"""Builds rows and ranked lists of a shop, filtered already."""

from collections.abc import Mapping, Sequence

from personalization.decisions.given import Given
from personalization.domain.asked import Asked, AskedKind, Strategy, Term
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import ProductId
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec

SIMILAR = "list:similar"


def a_row(
    products: Sequence[str],
    *,
    nonce: str = "row-1",
    kind: AskedKind = AskedKind.ROW,
    size: int = 3,
    epsilon: float = 0.3,
    strengths: Mapping[str, float] | None = None,
) -> Given:
    """Return a row of similar products, filtered already; `strengths` are those of its list."""
    known = strengths or {product: 1 / (2 + place) for place, product in enumerate(products)}
    return Given(
        asked=Asked(
            nonce=nonce, kind=kind, strategy=Strategy.SIMILAR, filter='{"field":"brand"}',
            anchors=(ProductId("shirt-1"),), anchor_title="Shirt 1",
        ),
        sources={ProductId(product): (ActionSource.AFFINITY,) for product in products},
        placement=Placement(
            name="row" if kind is AskedKind.ROW else "list",
            size=size,
            policy=PolicySpec.of(EPSILON_GREEDY.name, epsilon=epsilon),
        ),
        terms=(Term(SIMILAR, 0.4, {ProductId(product): known[product] for product in known}),),
    )  # fmt: skip

"""Builds decisions over a few products, and what was seen and done of their slates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from personalization.domain.asked import Asked
from personalization.domain.decision import (
    Action,
    ActionSource,
    Decision,
    Frame,
    Ingredients,
    PriorTerm,
)
from personalization.domain.draw import HOME, Draw
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    ProductId,
    SessionId,
    decision_id_of,
    seed_of,
)
from personalization.policies.draws import draw_slate
from personalization.ports.decision_history import DecisionRecord
from tests.builders.decision import a_decision
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.profile import a_profile

POPULARITY = {"p0": 0.1, "p1": 0.2, "p2": 0.9, "p3": 0.3, "p4": 0.0}
"""The best score is not the most popular."""
_FRAME = Frame(
    priors=(
        PriorTerm(name="rating", weight=0.5, total=1.0),
        PriorTerm(name="popularity", weight=0.5, total=1.0),
    ),
    normaliser=1.0,
    scale=1.0,
)


def an_action(number: int) -> Action:
    """Return the product `p<number>`, the better the lower its number."""
    product = f"p{number}"
    strengths = ((0, 0.5), (1, POPULARITY[product])) if POPULARITY[product] else ((0, 0.5),)
    return Action(
        product_id=ProductId(product),
        category_id=CategoryId("shirts"),
        sources=(ActionSource.POPULAR,),
        relevance=0.5 / (number + 1),
        prior=0.1,
        score=1.0 / (number + 1),
        ingredients=Ingredients(0.2, 1.0, (), strengths),
    )


@dataclass(frozen=True, slots=True)
class ShownSlate:
    """A decision of five products and three slots, for a session of its own."""

    decision: Decision

    @classmethod
    def make(
        cls,
        number: int,
        epsilon: float = 0.2,
        decided_at: datetime = NOON,
        placement: str = HOME,
        asked: Asked | None = None,
    ) -> Self:
        """Return the slate of this number, drawn as the ranking draws it."""
        decision_id = decision_id_of(decided_at, f"decision {number}")
        actions = tuple(an_action(other_number) for other_number in range(5))
        draw = Draw(
            policy="epsilon-greedy",
            policy_version="1",
            placement=placement,
            size=3,
            epsilon=epsilon,
        )
        return cls(
            a_decision(
                decision_id=decision_id,
                session_id=SessionId(f"session-{number}"),
                decided_at=decided_at,
                actions=actions,
                slate=draw_slate(actions, (draw,), seed_of(decision_id)),
                draws=(draw,),
                frame=_FRAME,
                asked=asked,
            )
        )

    @property
    def record(self) -> DecisionRecord:
        """The decision as it is kept."""
        return DecisionRecord(self.decision, a_profile(decision_id=self.decision.decision_id))

    @property
    def products(self) -> tuple[ProductId, ...]:
        """The products shown, in order."""
        return tuple(slot.product_id for slot in self.decision.slate)

    def impression(self, after: timedelta = timedelta(seconds=1)) -> Event:
        return self._event("seen", EventType.IMPRESSION, self.products, after)

    def checkout(self, product: ProductId, after: timedelta = timedelta(seconds=2)) -> Event:
        return self._event(f"bought-{product}", EventType.CHECKOUT, (product,), after)

    def _event(
        self, name: str, kind: EventType, products: tuple[ProductId, ...], after: timedelta
    ) -> Event:
        return an_event(
            event_id=EventId(f"{self.decision.session_id}-{name}"),
            session_id=self.decision.session_id,
            type=kind,
            product_ids=products,
            slots=tuple(range(len(products))),
            decision_id=self.decision.decision_id,
            occurred_at=self.decision.decided_at + after,
            received_at=self.decision.decided_at + after,
        )

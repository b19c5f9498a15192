"""A unit under watch: everything that counts of it, from its first exposure to its window's end.

Each metric is a ratio of two sums over units, sum(N) / sum(D):

    ctr              positions engaged with / positions seen
    conversion       1 if it bought anything / 1
    order_value      value of its orders / number of its orders
    session_seconds  seconds from a session's first to its last event / number of its sessions
    mrr, ndcg        of its seen slates, summed / number of its seen slates
    novelty          bits of the seen positions, summed / positions seen
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, OrderId, ProductId, SessionId
from personalization.domain.money import MICROS
from personalization.domain.reward import reward
from personalization.experiments.metric import Metric
from personalization.experiments.seen_slate import Position, SeenSlate

Numbers = npt.NDArray[np.float64]
RATIOS: tuple[Metric, ...] = tuple(metric for metric in Metric if metric is not Metric.COVERAGE)
"""The metrics that are ratios of sums over units, in the order of the arrays here."""
ROW: Mapping[Metric, int] = {metric: row for row, metric in enumerate(RATIOS)}

COUNTED_ORDERS = 20
COUNTED_SLATES = 500
"""Of one unit: ratios are of sums over units, and nobody must be an arm of their own."""


@dataclass(slots=True)
class WatchedUnit:
    """Takes its events in the order in which they occurred."""

    unit_id: str
    arm: str
    exposed_at: datetime
    slates: dict[DecisionId, SeenSlate] = field(default_factory=dict)
    sessions: dict[SessionId, tuple[datetime, datetime]] = field(default_factory=dict)
    """Each session's first and last event."""
    orders: dict[str, int] = field(default_factory=dict)
    """Each order's number, or its event's id, and its millionths less refunds."""
    _parts: set[tuple[str, tuple[ProductId, ...]]] = field(default_factory=set)
    """What each event of an order brought: a long one comes in several."""

    def see(self, event: Event, positions: Mapping[ProductId, Position]) -> None:
        self._meet(event)
        if event.decision_id is not None:
            slate = self.slates.get(event.decision_id)
            if slate is None and len(self.slates) < COUNTED_SLATES:
                slate = self.slates[event.decision_id] = SeenSlate(positions)
            if slate is not None:
                slate.see(event.product_ids)

    def act(self, event: Event, prices: Mapping[ProductId, int]) -> None:
        """Take what is no impression; `prices` are the catalogue's, in millionths."""
        self._meet(event)
        if event.is_worthless:
            return
        order = event.order_id or event.event_id
        part = order, event.product_ids
        # A page that thanks for an order may be loaded again.
        is_new = part not in self._parts and len(self._parts) < COUNTED_ORDERS
        if event.type is EventType.CHECKOUT and is_new:
            self._parts.add(part)
            self.orders[order] = self.orders.get(order, 0) + event.value_micros(prices)
        if event.type is EventType.REFUND:
            self._refund(event.order_id, event.value_micros(prices))
        slate = self.slates.get(event.decision_id) if event.decision_id is not None else None
        # A thumb down is no engagement that anybody wants more of, and a look is none.
        if slate is not None and event.type.is_interaction and reward(event) > 0:
            slate.engage(event.product_ids)

    def _refund(self, order: OrderId | None, micros: int) -> None:
        """Take off what was bought here: not more, and nothing of an order from elsewhere."""
        for number in reversed(self.orders) if order is None else self.orders.keys() & {order}:
            taken = min(micros, self.orders[number])
            self.orders[number] -= taken
            micros -= taken

    def ratios(self) -> Numbers:
        """Return the unit's N and D of each metric, shape (2, metrics) in the order of RATIOS."""
        slates = self.slates.values()
        seen = sum(len(slate.seen) for slate in slates)
        seconds = [(last - first).total_seconds() for first, last in self.sessions.values()]
        sums: dict[Metric, tuple[float, float]] = {
            Metric.CTR: (sum(len(slate.engaged) for slate in slates), seen),
            Metric.CONVERSION: (float(bool(self.orders)), 1),
            Metric.ORDER_VALUE: (sum(self.orders.values()) / MICROS, len(self.orders)),
            Metric.SESSION_SECONDS: (sum(seconds), len(seconds)),
            Metric.MRR: (sum(slate.reciprocal_rank for slate in slates), len(slates)),
            Metric.NDCG: (sum(slate.normalised_gain for slate in slates), len(slates)),
            Metric.NOVELTY: (sum(slate.novelty for slate in slates), seen),
        }
        return np.array([sums[metric] for metric in RATIOS], dtype=np.float64).T

    def _meet(self, event: Event) -> None:
        first, _ = self.sessions.get(event.session_id, (event.occurred_at, event.occurred_at))
        self.sessions[event.session_id] = first, event.occurred_at

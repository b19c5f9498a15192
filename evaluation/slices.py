"""Parts of the queries that are looked at by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from evaluation.held_out import HeldOutSplit
from evaluation.past_views import PastViews
from personalization.domain.event import Event, EventType

Mask = NDArray[np.bool_]
_DAY_SECONDS = 86_400
_LENGTHS = ((2, 2), (3, 5), (6, 10), (11, None))
"""Views of a whole session, from and to."""
_AGES = ((0, 1), (1, 7), (7, 30), (30, None))
"""Days since a product was first seen, from and below."""


_NEW_DAYS = 3


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """What slices ask, for each query in the order in which it was asked."""

    sessions: NDArray[np.int64]
    """Index of its session."""
    lengths: NDArray[np.int64]
    """Views of its whole session."""
    places: NDArray[np.int64]
    """Views before its target."""
    ages: NDArray[np.float64]
    """Days from the target's first view to this one; NaN if it was never viewed before."""
    repeats: Mask
    """Whether the target was viewed before in the session."""
    new: Mask
    """Whether the target was first viewed in the days just before the held-out sessions."""
    returning: Mask
    """Whether a known user who was here before asks it."""

    @classmethod
    def of(cls, split: HeldOutSplit) -> "QueryFacts":
        starts = [events[0].occurred_at for events in split.sessions]
        begun = min(starts, default=datetime.max.replace(tzinfo=UTC))
        rows = [
            row
            for number, events in enumerate(split.sessions)
            for row in _facts(number, events, split.past, begun)
        ]
        sessions, lengths, places, ages, repeats, new, returning = (
            zip(*rows, strict=True) if rows else ((), (), (), (), (), (), ())
        )
        return cls(
            np.array(sessions, np.int64),
            np.array(lengths, np.int64),
            np.array(places, np.int64),
            np.array(ages, np.float64),
            np.array(repeats, np.bool_),
            np.array(new, np.bool_),
            np.array(returning, np.bool_),
        )

    def slices(self) -> Mapping[str, Mask]:
        """Return name -> queries, of the slices that have any."""
        found: dict[str, Mask] = {"second view of a session": self.places == 1}
        for low, high in _LENGTHS:
            name = f"session of {_span(low, high)} views"
            found[name] = (self.lengths >= low) & (self.lengths <= (high or np.inf))
        for low, below in _AGES:
            name = f"product known {_span(low, below)} days"
            found[name] = (self.ages >= low) & (self.ages < (below or np.inf))
        found[f"product new in the {_NEW_DAYS} days before"] = self.new
        found["product never seen"] = np.isnan(self.ages)
        found["returning shoppers"] = self.returning
        return {name: mask for name, mask in found.items() if mask.any()}


def _facts(
    number: int, events: Sequence[Event], past: PastViews, begun: datetime
) -> list[tuple[int, int, int, float, bool, bool, bool]]:
    views = [event for event in events if event.type is EventType.PRODUCT_VIEW]
    returning = any(event.user_id in past.users for event in events if event.user_id is not None)
    products = [view.product_id for view in views]
    return [
        (
            number,
            len(views),
            place,
            _age_days(views[place], past),
            products[place] in products[:place],
            _is_new(str(products[place]), past, begun),
            returning,
        )
        for place in range(1, len(views))
    ]


def _is_new(product: str, past: PastViews, begun: datetime) -> bool:
    first = past.first_seen.get(product)
    return first is not None and first >= begun - timedelta(days=_NEW_DAYS)


def _age_days(view: Event, past: PastViews) -> float:
    first = past.first_seen.get(str(view.product_id))
    return np.nan if first is None else (view.occurred_at - first).total_seconds() / _DAY_SECONDS


def _span(low: int, high: int | None) -> str:
    if high is None:
        return f"{low}+"
    return str(low) if high == low else f"{low}-{high}"

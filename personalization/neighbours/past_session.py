"""Past sessions, and what each of them had seen before it went on."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from personalization.domain.event import EventType
from personalization.domain.reward import DWELL_REWARD

LONG_LOOK = DWELL_REWARD / 2
"""Reward of a look that is told from a view: half a minute, the usual sign of a page that was
read."""


class Act(NamedTuple):
    """An interaction that is no view, or a long look."""

    views_before: int
    """Views of its session before it."""
    product: str
    type: EventType


class PastSession(NamedTuple):
    ended_at: int
    """Seconds since 1970."""
    products: Sequence[str]
    """As they were viewed, oldest first."""
    acts: Sequence[Act] = ()
    """Oldest first."""
    digest: int = 0
    """Of its id (`neighbours.erasures`), 64 bits; 0 where it is not known."""


class VisitStep(NamedTuple):
    """What a session had seen when it went on to the next view."""

    views: dict[str, int]
    """Product -> how often it was viewed, the newest one last."""
    types: dict[str, EventType]
    """The type of the newest interaction with a product, where that is no view."""
    next: str


def steps(session: PastSession) -> Iterator[VisitStep]:
    """Yield a step for each view but the first; its mappings change with the next one."""
    views: dict[str, int] = {}
    types: dict[str, EventType] = {}
    acts = list(reversed(session.acts))
    for number, product in enumerate(session.products):
        while acts and acts[-1].views_before <= number:
            _count(acts.pop(), views, types)
        if number:
            yield VisitStep(views, types, product)
        # Put last again, as it is the newest now.
        views[product] = views.pop(product, 0) + 1
        types.pop(product, None)


def _count(act: Act, views: dict[str, int], types: dict[str, EventType]) -> None:
    product, type_ = act.product, act.type
    if type_.takes_back is not None:
        if types.get(product) is type_.takes_back:
            del types[product]
    elif not type_.is_attention:
        views[product] = views.pop(product, 0)
        types[product] = type_
    elif product in views:
        types.setdefault(product, type_)

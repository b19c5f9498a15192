"""Visits that give and withdraw consent at random; each event has a product of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

Purposes = frozenset[str]
"""Names of purposes, as they are on the wire."""
MEASURE, PERSONALIZE, LEARN, SHARE = "measure", "personalize", "learn", "share"
ALL: Purposes = frozenset({MEASURE, PERSONALIZE, LEARN, SHARE})
NONE: Purposes = frozenset()
PRODUCT_KINDS = ("product_view", "product_view", "product_view", "add_to_cart", "checkout")
SLATE_PLACES = 10
"""Impressions and clicks take places of their own of the visit's first slate."""
UNKNOWN = "unknown"
"""The view of a product that the catalogue does not have yet."""
OF_THE_SLATE = frozenset({"impression", "click"})


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    kind: str
    marker: str
    """The product or category that no other event names; where it is about the slate, the place."""
    said: Purposes | None = None
    is_late: bool = False
    """Whether it happened before what was sent last."""


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    events: tuple[PlannedEvent, ...]
    said: Purposes | None = None
    """Of all that do not say it themselves."""
    has_gpc: bool = False


@dataclass(frozen=True, slots=True)
class PlannedChoice:
    chosen: Purposes


@dataclass(frozen=True, slots=True)
class PlannedLogin:
    user: str


Step = PlannedBatch | PlannedChoice | PlannedLogin


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    steps: tuple[Step, ...]
    sees_page: bool
    """Whether it begins with a profile, whose slate its impressions are of."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How somebody speaks of consent, as chances."""

    says: float
    narrows: float
    refuses_all: float
    chooses: float
    is_late: float


SILENT = Mood(0.0, 0.0, 0.0, 0.0, 0.2)
AGREES = Mood(0.5, 0.0, 0.0, 0.1, 0.2)
WAVERS = Mood(0.4, 0.4, 0.1, 0.15, 0.1)
WITHDRAWS = Mood(0.3, 0.1, 0.05, 0.3, 0.0)
REFUSES = Mood(1.0, 0.0, 1.0, 0.0, 0.0)
MOODS = (SILENT, AGREES, AGREES, WAVERS, WAVERS, WAVERS, WITHDRAWS, WITHDRAWS, REFUSES)


class RandomVisits:
    """Makes up visits; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._markers = count()

    def visits(self, number: int) -> Sequence[PlannedVisit]:
        return [self._visit(place, MOODS[place % len(MOODS)]) for place in range(number)]

    def _visit(self, number: int, mood: Mood) -> PlannedVisit:
        sees_page = self._chance(0.7)
        places = list(range(SLATE_PLACES)) if sees_page else []
        left, steps = self._random.randint(3, 12), list[Step]()
        while left > 0:
            some = min(left, self._random.randint(1, 4))
            left -= some
            steps.append(self._batch(mood, some, places))
            if mood is not REFUSES and self._chance(mood.chooses):
                steps.append(PlannedChoice(self._word(mood)))
            if number % 3 == 0 and len(steps) == 1 and mood is not REFUSES:
                steps.append(PlannedLogin(f"person-{number}"))
        return PlannedVisit(tuple(steps), sees_page)

    def _batch(self, mood: Mood, some: int, places: list[int]) -> PlannedBatch:
        events = tuple(self._event(mood, places) for _ in range(some))
        said = (
            self._word(mood) if self._chance(mood.says / 2 if mood is not REFUSES else 1) else None
        )
        return PlannedBatch(events, said, has_gpc=mood is not REFUSES and self._chance(0.1))

    def _event(self, mood: Mood, places: list[int]) -> PlannedEvent:
        said = self._word(mood) if self._chance(mood.says) else None
        is_late = self._chance(mood.is_late)
        if places and self._chance(0.3):
            kind = self._random.choice(("impression", "impression", "click"))
            return PlannedEvent(kind, str(places.pop(0)), said, is_late)
        if self._chance(0.05):
            return PlannedEvent(UNKNOWN, f"marked-p{next(self._markers)}", said, is_late)
        if self._chance(0.15):
            return PlannedEvent("category_view", f"marked-c{next(self._markers)}", said, is_late)
        kind = self._random.choice(PRODUCT_KINDS)
        return PlannedEvent(kind, f"marked-p{next(self._markers)}", said, is_late)

    def _word(self, mood: Mood) -> Purposes:
        if self._chance(mood.refuses_all):
            return NONE
        if self._chance(mood.narrows) or (mood is WITHDRAWS and self._chance(0.5)):
            lacking = self._random.choice(sorted(ALL))
            return ALL - {lacking} if self._chance(0.7) else frozenset({lacking})
        return ALL

    def _chance(self, chance: float) -> bool:
        return self._random.random() < chance


def markers_in(visits: Sequence[PlannedVisit], kinds: frozenset[str]) -> list[str]:
    steps = (step for visit in visits for step in visit.steps)
    batches = [step for step in steps if isinstance(step, PlannedBatch)]
    return [event.marker for batch in batches for event in batch.events if event.kind in kinds]

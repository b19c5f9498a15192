"""What events may be used for, worked out from docs/api.md alone, without the product's code.

A choice holds until the next one, and events can only narrow it. Of two words of events that which
was said of the later moment counts, also for events that say nothing; who agrees to everything once
more says nothing new.
Without any word the default counts. A refusal takes back what was done until then. The signal of a
browser with an event that says nothing refuses `share` until somebody agrees later, by a word or a
choice; a word under it is one without `share`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.integration.api.sessions.consents.random_visits import (
    ALL,
    LEARN,
    MEASURE,
    NONE,
    PERSONALIZE,
    SHARE,
    UNKNOWN,
    Purposes,
)

DEFAULT: Purposes = frozenset({MEASURE, PERSONALIZE, LEARN})


@dataclass(frozen=True, slots=True)
class HeardEvent:
    event_id: str
    kind: str
    marker: str
    at: datetime
    is_late: bool = False
    granted: Purposes = NONE
    """Empty where it must not be kept."""


@dataclass(slots=True)
class ConsentOracle:
    """Of one visit; it is told everything in the order of receipt."""

    events: list[HeardEvent] = field(default_factory=list)
    refusals: list[tuple[datetime, Purposes]] = field(default_factory=list)
    """Moments, with what was still agreed to."""
    choices: list[tuple[datetime, Purposes]] = field(default_factory=list)
    has_words_that_wait: bool = False
    """Whether an event said something that a choice may have forgotten since."""
    _of_waiting: list[tuple[datetime, Purposes]] = field(default_factory=list)
    _chosen: Purposes | None = None
    _chosen_at: datetime | None = None
    _held_before: Purposes | None = None
    _word: Purposes | None = None
    _word_at: datetime | None = None
    _signal_at: datetime | None = None

    def choose(self, chosen: Purposes, at: datetime) -> None:
        held = [limit for limit in (self._word, self._chosen) if limit is not None]
        if held and self._is_withheld():
            held.append(ALL - {SHARE})
        self._held_before = frozenset.intersection(*held) if held else None
        self._chosen, self._chosen_at = chosen, at
        self._word, self._word_at = None, None
        # What waits is forgotten with a choice, and its word with it.
        self.refusals = [said for said in self.refusals if said not in self._of_waiting]
        self.choices.append((at, chosen))
        self.refusals.append((at, chosen))

    def hear(
        self, event: HeardEvent, said: Purposes | None, *, has_gpc: bool = False
    ) -> HeardEvent:
        """Return the event with what it may be used for when it comes."""
        newer = self._word if self._word_at is not None and self._word_at > event.at else None
        words = [said, newer] if said is not None else [self._word]
        if self._chosen_at is not None and event.at < self._chosen_at:
            # It was done before that choice: what held then limits it, too.
            nothing_held = DEFAULT if said is None else None
            words.append(nothing_held if self._held_before is None else self._held_before)
        limits = [limit for limit in (*words, self._chosen) if limit is not None]
        granted = frozenset.intersection(*limits) if limits else DEFAULT
        granted -= self._part_of_signals(event, said)
        ends_signal = self._is_withheld() and not self._part_of_signals(event, ALL)
        if has_gpc and said is None:
            self._signal_at = max(self._signal_at or event.at, event.at)
        if has_gpc:
            # What nobody had agreed to is not refused by a signal.
            has_gpc = SHARE in granted
            said, granted = self._under_signal(said, granted)
        is_news = ends_signal or not (said == self._word == ALL)
        if said is not None and is_news and self._is_newest(event.at):
            self._word, self._word_at = said, event.at
        heard = replace(event, granted=granted)
        self.events.append(heard)
        if said is not None or has_gpc:
            # Of a browser's signal alone nothing but its own part is a word.
            left = granted if said is not None else ALL - {SHARE}
            self.refusals.append((event.at, left))
            if event.kind == UNKNOWN:
                self.has_words_that_wait = True
                self._of_waiting.append((event.at, left))
        return heard

    @staticmethod
    def _under_signal(said: Purposes | None, granted: Purposes) -> tuple[Purposes | None, Purposes]:
        """Return what is said and granted in a request whose browser refuses `share`."""
        left = granted - {SHARE}
        if said is not None:
            # Whatever the page says: its word is without that for later events as well.
            return said - {SHARE}, left
        # Where the browser refuses all that was left, that is a word.
        return (NONE if granted and not left else None), left

    def _part_of_signals(self, event: HeardEvent, said: Purposes | None) -> Purposes:
        """Return what signals take: of a word the later ones, of silence those that hold."""
        is_later = self._signal_at is not None and self._signal_at > event.at
        counts = self._is_withheld() if said is None else is_later
        return frozenset({SHARE}) if counts else NONE

    def _is_withheld(self) -> bool:
        """Say whether a browser has refused, and nobody has agreed since."""
        since = [other for other in (self._word_at, self._chosen_at) if other is not None]
        return self._signal_at is not None and all(self._signal_at >= other for other in since)

    def _is_newest(self, at: datetime) -> bool:
        others = (self._word_at, self._chosen_at)
        return all(other is None or other <= at for other in others)

    def allows(self, event: HeardEvent, purpose: str) -> bool:
        """Say whether the event agreed to a purpose, and nothing since has taken that back."""
        taken_back = any(at > event.at and purpose not in left for at, left in self.refusals)
        return purpose in event.granted and not taken_back

    @property
    def has_late_events(self) -> bool:
        return any(event.is_late for event in self.events)

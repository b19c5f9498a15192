"""Rounds from the kept past: the learner's rules, played again over the history of events.

Of sessions that have refused to be learned from since there are none, also where the learner had
learned of them before.

The history has no log time. The API receives an event just before it publishes it, so the moment
of receipt stands for it: where the window ends between the two, an outcome may fall on the other
side of it than it did for the learner.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, EventType, received_order
from personalization.domain.identifiers import DecisionId, SessionId, decided_at_of
from personalization.domain.outcome_rules import MILLISECONDS, OutcomeRules
from personalization.domain.shown_decision import ShownDecision
from personalization.learning.attribution import FROM_THE_CART, OutcomeAttribution, is_too_old
from personalization.learning.impression_check import check_impression
from personalization.learning.impressions import ImpressionOutcome, made_up_impressions
from personalization.learning.rounds import ShownImpression, shown_impression, was_drawn
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import CLOCK_SLACK, EventHistory
from personalization.sessions.refusals import Refusals

DECISIONS_AT_ONCE = 200
"""Some 30 KB each."""
EVENTS_AT_ONCE = 500
COUNTED_OF_A_SESSION = 500
"""A long visit sees some forty slates of a dozen."""
WINDOWS = 2
"""Outcome windows that may pass between a decision and its impression."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days by UTC whose decisions are asked about, both included; None is open."""

    since: date | None = None
    until: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.since or day) <= day <= (self.until or day)

    def widen(self, before: timedelta, after: timedelta) -> "Period":
        """Return the period with more days; the calendar's ends are far enough."""
        since, until = self.since, self.until
        room_before = since is not None and since - date.min > before
        room_after = until is not None and date.max - until > after
        return Period(
            since - before if since is not None and room_before else None,
            until + after if until is not None and room_after else None,
        )


@dataclass(slots=True)
class PastOutcomes:
    settled: list[ImpressionOutcome] = field(default_factory=list)
    """With their last outcomes, late corrections included."""
    waiting: int = 0
    """Impressions whose window has not passed."""
    made_up: int = 0
    """Impressions, of the days that were read, of what no decision has shown to their session."""


@dataclass(frozen=True, slots=True)
class PastRounds:
    history: EventHistory
    decisions: DecisionHistory
    rules: OutcomeRules

    def read_outcomes(self, period: Period, now: datetime) -> PastOutcomes:
        found = PastOutcomes()
        events = sorted(self._events(period), key=received_order)
        closed, waiting = attribute(self._check(events, found), self.rules, now)
        last = last_outcomes(closed)
        found.settled += [outcome for outcome in last if decided_in(period, outcome.decision_id)]
        found.waiting = sum(decided_in(period, decision_id) for decision_id in waiting)
        return found

    def impressions(self, outcomes: Sequence[ImpressionOutcome]) -> Iterator[ShownImpression]:
        """Yield the impressions of kept decisions; unknown and pinned ones teach nothing.

        Of each session the first `COUNTED_OF_A_SESSION`: an estimate is a mean over impressions,
        and one visitor who makes thousands must not decide it.
        """
        counted: Counter[SessionId] = Counter()
        for batch in _by_decisions(outcomes):
            ids = list(dict.fromkeys(impression.decision_id for impression in batch))
            found = self.decisions.read_decisions(ids)
            for impression in batch:
                decision = found.get(impression.decision_id)
                if decision is None or not was_drawn(decision, impression.product_id):
                    continue
                counted[decision.session_id] += 1
                if counted[decision.session_id] <= COUNTED_OF_A_SESSION:
                    yield shown_impression(decision, impression.product_id, impression.outcome)

    def _check(self, events: Sequence[Event], found: PastOutcomes) -> Iterator[Event]:
        """Yield the events with those lines of impressions that the learner would count."""
        for start in range(0, len(events), EVENTS_AT_ONCE):
            chunk = events[start : start + EVENTS_AT_ONCE]
            slates = self._read_slates(chunk)
            for event in chunk:
                if event.type is not EventType.IMPRESSION or event.decision_id is None:
                    yield event
                elif self._is_too_old(event):
                    found.made_up += made_up_impressions(event, event.received_at)
                else:
                    checked, _ = check_impression(event, slates.get(event.decision_id))
                    found.made_up += len(event.product_ids) - len(checked.product_ids)
                    yield checked

    def _read_slates(self, events: Iterable[Event]) -> Mapping[DecisionId, ShownDecision]:
        seen = (event for event in events if event.type is EventType.IMPRESSION)
        ids = (event.decision_id for event in seen if not self._is_too_old(event))
        return self.decisions.read_slates(list(dict.fromkeys(filter(None, ids))))

    def _is_too_old(self, event: Event) -> bool:
        received_ms = _milliseconds(event.received_at)
        return event.decision_id is None or is_too_old(event.decision_id, received_ms, self.rules)

    def _events(self, period: Period) -> Iterator[Event]:
        """Yield what may be learned from: of later days, too, a refusal takes back what was before.

        The learner cannot know of those when it learns; whoever looks back does.
        """
        counting = timedelta(milliseconds=WINDOWS * self.rules.window_ms + self.rules.whole_ms)
        days = period.widen(CLOCK_SLACK, CLOCK_SLACK + counting)
        known = list(self.history.days())
        since = [day for day in known if days.since is None or day >= days.since]
        refusals = Refusals.read(self.history, since, ConsentPurpose.LEARN)
        for day in known:
            if day in days:
                for chunk in self.history.read_day(day):
                    yield from filter(_says_something, refusals.usable(chunk))


def attribute(
    events: Iterable[Event], rules: OutcomeRules, now: datetime
) -> tuple[list[ImpressionOutcome], list[DecisionId]]:
    """Return what closed or was corrected by now, and the decisions of what still waits.

    The events come in the order of receipt.
    """
    book = OutcomeAttribution(rules)
    closed: list[ImpressionOutcome] = []
    for event in events:
        received_ms = _milliseconds(event.received_at)
        closed += book.close_due(received_ms)
        book.take(event, received_ms)
    closed += book.close_due(_milliseconds(now))
    return closed, [impression.decision_id for impression in book.open.values()]


def last_outcomes(closed: Iterable[ImpressionOutcome]) -> list[ImpressionOutcome]:
    """Return each impression once, where it first closed, with its last outcome."""
    last = {(impression.decision_id, impression.product_id): impression for impression in closed}
    return [replace(impression, corrects=None) for impression in last.values()]


def decided_in(period: Period, decision_id: DecisionId) -> bool:
    decided_at = decided_at_of(decision_id)
    return decided_at is not None and decided_at.astimezone(UTC).date() in period


def _by_decisions(closed: Sequence[ImpressionOutcome]) -> Iterator[list[ImpressionOutcome]]:
    together: dict[DecisionId, list[ImpressionOutcome]] = {}
    for impression in closed:
        together.setdefault(impression.decision_id, []).append(impression)
    decided = list(together.values())
    for start in range(0, len(decided), DECISIONS_AT_ONCE):
        yield [
            impression for each in decided[start : start + DECISIONS_AT_ONCE] for impression in each
        ]


def _says_something(event: Event) -> bool:
    """Leave out what can be no outcome; what comes from the cart may name no decision."""
    return event.decision_id is not None or event.type in FROM_THE_CART


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * MILLISECONDS)

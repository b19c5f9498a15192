"""Waiting for outcomes: what was seen, what came of it, and when it is time to learn.

An impression is open until the outcome window has passed in log time, the time at which the log
took each event. It closes at its due moment, before anything that the log took at that moment or
later. For some time after that it is settled: a late outcome is added, and if that has changed its
outcome by the end, the outcome is given out once more, as a correction. All of this is a function
of the log alone: whenever it is looked at, and after any restart, the same impressions close in the
same order with the same outcomes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import takewhile

from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, ProductId, SessionId, decided_at_of
from personalization.domain.outcome_rules import MILLISECONDS, OutcomeRules
from personalization.domain.reward import DWELL_REWARD, reward
from personalization.learning.impression_check import Refusal
from personalization.learning.impressions import (
    ALL_IMPRESSIONS,
    COUNTED_INTERACTIONS,
    SESSION_IMPRESSIONS,
    SESSION_INTERACTIONS,
    Impression,
    ImpressionOutcome,
    impression_key,
)
from personalization.ports.event_history import CLOCK_SLACK

_SLACK_MS = CLOCK_SLACK.total_seconds() * MILLISECONDS
FROM_THE_CART = {
    EventType.ADD_TO_CART,
    EventType.CHECKOUT,
    EventType.REMOVE_FROM_CART,
    EventType.REFUND,
}
"""What needs no decision: the event that put the product into the cart names its own. Without one
an `add_to_cart` is a piece more of it."""
_CORRECTION, _CLOSING = 0, 1
"""What is due at one moment comes in this order."""


@dataclass(slots=True)
class OutcomeAttribution:
    """All impressions that still count, in the order in which they were seen.

    `closed` remembers what has been learned as long as an impression of it could still arrive,
    so that a repeated impression is never learned twice. An impression of a decision older than
    twice the window is refused, and so are those of a session or of all above their limits: what
    anybody can send must not fill the memory.
    """

    rules: OutcomeRules
    open: dict[str, Impression] = field(default_factory=dict)
    settled: dict[str, Impression] = field(default_factory=dict)
    """Learned, and still open to corrections."""
    closed: dict[str, int] = field(default_factory=dict)
    carts: dict[str, str] = field(default_factory=dict)
    """Session and product -> the impression that it was last put into the cart from."""
    log_time_ms: int = 0
    refused: Counter[Refusal] = field(init=False, default_factory=Counter)
    """What was over a limit, until somebody takes the counts out."""
    _keys: dict[SessionId, dict[str, None]] = field(init=False, default_factory=dict)
    """Session -> those of its impressions that still count."""
    _interactions: Counter[SessionId] = field(init=False, default_factory=Counter)
    """Session -> how many interactions were counted with those."""
    _shown: dict[DecisionId, list[str]] = field(init=False, default_factory=dict)
    """Decision -> its impressions that still count."""

    def __post_init__(self) -> None:
        for key, impression in (*self.settled.items(), *self.open.items()):
            self._shown.setdefault(impression.decision_id, []).append(key)
            self._keys.setdefault(impression.session_id, {})[key] = None
            self._interactions[impression.session_id] += len(impression.counted)

    def take(self, event: Event, appended_at_ms: int) -> None:
        self.log_time_ms = max(self.log_time_ms, appended_at_ms)
        if not agrees(event.consent, ConsentPurpose.LEARN):
            self.forget_session(event.session_id)
        elif event.type is EventType.IMPRESSION:
            self._see(event)
        elif not event.is_worthless:
            self._reward(event)

    def close_due(self, now_ms: int) -> list[ImpressionOutcome]:
        """Return what closed or was corrected by a moment of log time, in order.

        Call it before an event of that moment is taken, and at will in between.
        """
        found = []
        for _, what, key in list(self._due(now_ms)):
            impression = self._correct(key) if what == _CORRECTION else self._close(key)
            if impression is not None:
                found.append(impression)
        self._forget_old(now_ms)
        return found

    def sessions(self) -> list[SessionId]:
        """Return the sessions whose impressions still count."""
        return list(self._keys)

    def forget_session(self, session_id: SessionId) -> None:
        """Let nothing be learned any more of what a session saw and did until now.

        What was learned already stays as it is: it is not corrected either.
        """
        for key in list(self._keys.get(session_id, ())):
            impression = self.open.pop(key, None)
            if impression is not None:
                self.closed[key] = impression.seen_at_ms + self.rules.window_ms
            else:
                impression = self.settled.pop(key)
            self._forget(key, impression)

    def settle_for_good(self) -> None:
        """Let nothing be corrected that was learned up to now.

        For a model that begins now: it never learned what a correction would take out of it.
        """
        for key in list(self.settled):
            self._forget(key, self.settled.pop(key))

    def _due(self, now_ms: int) -> Iterator[tuple[int, int, str]]:
        """Yield the moments at which impressions close or can no longer be corrected."""
        rules = self.rules
        closing = _until(now_ms, rules.window_ms, self.open)
        over = _until(now_ms, rules.whole_ms, self.settled)
        # What closes in this call may be over in it as well.
        later = _until(now_ms, rules.whole_ms, self.open) if rules.correction_ms else ()
        return merge(
            ((at_ms, _CORRECTION, key) for at_ms, key in over),
            ((at_ms, _CORRECTION, key) for at_ms, key in later),
            ((at_ms, _CLOSING, key) for at_ms, key in closing),
            key=lambda due: due[:2],
        )

    def _close(self, key: str) -> ImpressionOutcome:
        impression = self.open.pop(key)
        self.closed[key] = impression.seen_at_ms + self.rules.window_ms
        impression.learned = self._outcome(impression)
        if self.rules.correction_ms:
            self.settled[key] = impression
        else:
            self._forget(key, impression)
        return ImpressionOutcome(
            impression.decision_id,
            impression.product_id,
            impression.learned,
            bool(impression.counted),
            closed_at_ms=impression.seen_at_ms + self.rules.window_ms,
        )

    def _correct(self, key: str) -> ImpressionOutcome | None:
        impression = self.settled.pop(key)
        self._forget(key, impression)
        outcome = self._outcome(impression)
        if outcome == impression.learned:
            return None
        return ImpressionOutcome(
            impression.decision_id,
            impression.product_id,
            outcome,
            engaged=True,
            corrects=impression.learned,
            closed_at_ms=impression.seen_at_ms + self.rules.whole_ms,
        )

    def _outcome(self, impression: Impression) -> float:
        total = self.rules.with_attention(impression.reward, impression.attention)
        return self.rules.outcome(total, engaged=bool(impression.counted))

    def _see(self, event: Event) -> None:
        if event.decision_id is None:
            return
        if is_too_old(event.decision_id, self.log_time_ms, self.rules):
            return
        for product_id in event.product_ids:
            key = impression_key(event.decision_id, product_id)
            if key not in self.open and key not in self.closed and self._has_room(event.session_id):
                seen = Impression(event.session_id, event.decision_id, product_id, self.log_time_ms)
                self.open[key] = seen
                self._shown.setdefault(event.decision_id, []).append(key)
                self._keys.setdefault(event.session_id, {})[key] = None

    def _has_room(self, session_id: SessionId) -> bool:
        if len(self.open) + len(self.closed) >= ALL_IMPRESSIONS:
            self.refused[Refusal.TOO_MANY] += 1
            return False
        if len(self._keys.get(session_id, ())) >= SESSION_IMPRESSIONS:
            self.refused[Refusal.TOO_MANY_OF_SESSION] += 1
            return False
        return True

    def _reward(self, event: Event) -> None:
        impressions, amount = self._credit(event)
        for key in impressions:
            impression = self._impression(key, event.session_id)
            if impression is None or event.event_id in impression.counted:
                continue
            looked = event.type.is_attention
            if not self._may_count(impression, looked=looked):
                self.refused[Refusal.TOO_MANY_INTERACTIONS] += 1
                continue
            impression.counted.append(event.event_id)
            self._interactions[event.session_id] += 1
            if looked:
                impression.attention = min(impression.attention + amount, DWELL_REWARD)
                continue
            if not impression.count_pieces(event):
                continue
            back = event.type.takes_back is not None
            impression.reward = self.rules.total(impression.reward, amount, takes_back=back)
            if event.type is EventType.ADD_TO_CART:
                self.carts[_cart_key(event.session_id, impression.product_id)] = key

    def _may_count(self, impression: Impression, *, looked: bool) -> bool:
        # Looks are many and worth little: they must leave room for acts.
        shared_by = 1 + looked
        return (
            len(impression.counted) < COUNTED_INTERACTIONS // shared_by
            and self._interactions[impression.session_id] < SESSION_INTERACTIONS // shared_by
        )

    def _credit(self, event: Event) -> tuple[Sequence[str], float]:
        decision_id, amount = event.decision_id, reward(event)
        if decision_id is None:
            origins = self._cart_origins(event) if event.type in FROM_THE_CART else ()
            # One piece more makes the product no dearer to the shopper.
            return origins, 0.0 if event.type is EventType.ADD_TO_CART else amount
        named = [impression_key(decision_id, product_id) for product_id in event.product_ids]
        known = [key for key in named if self._impression(key, event.session_id)]
        if known or event.type is not EventType.CHECKOUT or event.bundle_id is None:
            return known, amount
        # None of the bundle's products was seen in a slot: the whole of the slate gets the reward.
        shown = self._shown.get(decision_id, ())
        whole = [key for key in shown if self._impression(key, event.session_id)]
        return whole, amount / max(1, len(whole))

    def _cart_origins(self, event: Event) -> Sequence[str]:
        """Return where the lines of a checkout came from: they seldom have one decision."""
        keys = (_cart_key(event.session_id, product_id) for product_id in event.product_ids)
        return [self.carts[key] for key in keys if key in self.carts]

    def _impression(self, key: str, session_id: SessionId) -> Impression | None:
        impression = self.open.get(key) or self.settled.get(key)
        return (
            impression if impression is not None and impression.session_id == session_id else None
        )

    def _forget(self, key: str, impression: Impression) -> None:
        shown = self._shown[impression.decision_id]
        shown.remove(key)
        if not shown:
            del self._shown[impression.decision_id]
        of_session = self._keys[impression.session_id]
        del of_session[key]
        self._interactions[impression.session_id] -= len(impression.counted)
        if not of_session:
            del self._keys[impression.session_id]
            del self._interactions[impression.session_id]
        cart = _cart_key(impression.session_id, impression.product_id)
        if self.carts.get(cart) == key:
            del self.carts[cart]

    def _forget_old(self, now_ms: int) -> None:
        horizon = now_ms - 2 * self.rules.window_ms
        for key, _ in list(takewhile(lambda entry: entry[1] < horizon, self.closed.items())):
            del self.closed[key]


def is_too_old(decision_id: DecisionId, at_ms: int, rules: OutcomeRules) -> bool:
    """Say whether impressions of a decision are refused; also where the id is not one of ours.

    One of a time to come is not ours either, as far as clocks agree.
    """
    decided_at = decided_at_of(decision_id)
    if decided_at is None:
        return True
    age_ms = at_ms - decided_at.timestamp() * MILLISECONDS
    return not -_SLACK_MS <= age_ms <= 2 * rules.window_ms


def _until(
    now_ms: int, after_ms: int, impressions: Mapping[str, Impression]
) -> Iterable[tuple[int, str]]:
    moments = ((impression.seen_at_ms + after_ms, key) for key, impression in impressions.items())
    return takewhile(lambda moment: moment[0] <= now_ms, moments)


def _cart_key(session_id: SessionId, product_id: ProductId) -> str:
    return f"{session_id}/{product_id}"

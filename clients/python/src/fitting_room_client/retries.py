"""When a call is tried again: what may pass by itself, after a pause, for so long. No I/O."""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from fitting_room_client.errors import DeadlineExceededError, FittingRoomError

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same may succeed."""
_LOG: Final = logging.getLogger("fitting_room_client")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    tries: int = 4
    """At most, the first one included."""
    timeout_seconds: float = 10.0
    """Of one try: to connect, and for each piece of the answer."""
    deadline_seconds: float = 30.0
    """Of all tries of a call and the pauses between them. A long list takes several calls."""
    first_pause_seconds: float = 0.2
    """Doubled after each try; up to a half is taken off at random, so that callers spread."""
    longest_pause_seconds: float = 10.0
    """A service that asks for a longer one by Retry-After is not asked again: the call fails."""

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError("`tries` is 1 at least.")
        for name in (
            "timeout_seconds",
            "deadline_seconds",
            "first_pause_seconds",
            "longest_pause_seconds",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"`{name}` is more than 0.")


class CallClock(Protocol):
    """Time, as calls see it; tests have their own."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    async def pause(self, seconds: float) -> None: ...


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Attempts:
    """The tries of one call."""

    def __init__(self, name: str, policy: RetryPolicy, clock: CallClock) -> None:
        self._name = name
        self._policy = policy
        self._clock = clock
        self._made = 0
        self._ends_at = clock.monotonic() + policy.deadline_seconds

    @property
    def left_seconds(self) -> float:
        return self._ends_at - self._clock.monotonic()

    def begin(self) -> float:
        """Count a try, and return how many seconds it may wait."""
        self._made += 1
        return max(0.001, min(self._policy.timeout_seconds, self.left_seconds))

    def pause_after(self, failure: FittingRoomError, *, may_pass: bool) -> float:
        """Return for how many seconds to wait before the next try; raises where there is none."""
        if not may_pass:
            raise failure
        asked = failure.retry_after
        if asked is not None and asked > self._policy.longest_pause_seconds:
            raise failure
        pause = max(self._own_pause(), asked or 0.0)
        left = self.left_seconds
        if left <= 0 or (self._made < self._policy.tries and pause >= left):
            raise DeadlineExceededError(
                f"{self._name}: not done within {self._policy.deadline_seconds:g} s "
                f"({self._made} tries); the last one: {failure}",
                failure,
            )
        if self._made >= self._policy.tries:
            raise failure
        _LOG.info(
            "%s failed (%s), tried again in %.2f s", self._name, type(failure).__name__, pause
        )
        return pause

    def _own_pause(self) -> float:
        # The exponent is bounded: there may be very many tries.
        longest = self._policy.first_pause_seconds * 2.0 ** min(self._made - 1, 30)
        return min(longest, self._policy.longest_pause_seconds) * random.uniform(0.5, 1.0)


def retry_after_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a Retry-After names, by number or by date; None where none can be."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 - thirty years
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - now).total_seconds())

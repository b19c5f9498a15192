"""How many bytes of decisions are kept for a session and for a key in an hour."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from api.errors import Kind, ProblemError
from personalization.domain.identifiers import SessionId
from personalization.settings.recommendations import RecommendationSettings
from personalization.telemetry.metrics import REQUESTS_REFUSED

QUOTA_USED_UP: Final = Kind("kept-bytes", "Too much was asked for to be kept", 429, retry=True)
WINDOW_SECONDS: Final = 3_600
_KIB: Final = 1_024
_MIB: Final = _KIB * _KIB
_Name = tuple[str, str]
"""`session` or `key`, and its id."""


class QuotaRefusal(NamedTuple):
    whose: str
    bytes: int
    seconds: int
    """Until something is kept again."""


@dataclass(slots=True)
class _Count:
    """A sliding window of two fixed ones: the former counts as far as it still reaches in."""

    window: int
    now: int = 0
    before: int = 0

    def turn_to(self, window: int) -> None:
        if window != self.window:
            self.before = self.now if window == self.window + 1 else 0
            self.window, self.now = window, 0

    def amount(self, into: float) -> float:
        """Return the bytes of the last hour, `into` (0..1) of this window being over."""
        return self.now + self.before * (1 - into)

    def seconds_until_below(self, limit: int, into: float) -> int:
        if self.now >= limit:
            # Of the next window so much must be over that this one's share has gone below.
            share = 1 - into + (1 - limit / self.now)
        else:
            share = 1 - into - (limit - self.now) / self.before
        return max(1, round(share * WINDOW_SECONDS) + 1)


class ByteQuota:
    """Exceeded by one request at most: how large a decision is, only its making says.

    Each process counts for itself. Threads may share it.
    """

    def __init__(
        self, settings: RecommendationSettings, now: Callable[[], float] = monotonic
    ) -> None:
        self._limits = {
            "session": settings.session_kib_per_hour * _KIB,
            "key": settings.key_mib_per_hour * _MIB,
        }
        self._most = settings.sessions
        self._now = now
        self._counts: OrderedDict[_Name, _Count] = OrderedDict()
        self._lock = Lock()

    def refusal(self, session_id: SessionId, key_id: str = "") -> QuotaRefusal | None:
        """Return whose quota is used up, if any."""
        window, into = self._moment()
        with self._lock:
            for name in _names(session_id, key_id):
                count = self._counts.get(name)
                if count is None:
                    continue
                count.turn_to(window)
                limit = self._limits[name[0]]
                if count.amount(into) >= limit:
                    return QuotaRefusal(name[0], limit, count.seconds_until_below(limit, into))
        return None

    def check(self, session_id: SessionId, key_id: str) -> None:
        """Raise `ProblemError` where a quota is used up."""
        refusal = self.refusal(session_id, key_id)
        if refusal is not None:
            raise quota_problem(refusal)

    def count(self, session_id: SessionId, key_id: str, size: int) -> None:
        """Count bytes that are kept."""
        window, _ = self._moment()
        with self._lock:
            for name in _names(session_id, key_id):
                count = self._counts.setdefault(name, _Count(window))
                count.turn_to(window)
                count.now += size
                self._counts.move_to_end(name)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)

    def _moment(self) -> tuple[int, float]:
        """Return the number of the present window, and how much of it is over."""
        windows = self._now() / WINDOW_SECONDS
        return int(windows), windows - int(windows)


def quota_problem(refusal: QuotaRefusal) -> ProblemError:
    REQUESTS_REFUSED.labels(QUOTA_USED_UP.slug).inc()
    detail = (
        f"Of this {refusal.whose} {refusal.bytes:,} bytes of decisions are kept in an hour, and "
        f"they are used up: ask again in {refusal.seconds} s, or for fewer rows."
    )
    return ProblemError(QUOTA_USED_UP, detail, retry_seconds=refusal.seconds)


def _names(session_id: SessionId, key_id: str) -> tuple[_Name, ...]:
    session = ("session", session_id)
    return (session, ("key", key_id)) if key_id else (session,)

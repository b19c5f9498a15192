"""What a process counts of one key, and how it is settled with what the others have counted."""

from dataclasses import dataclass
from typing import Final

from personalization.domain.access.api_key import ApiKey, KeyKind, RateLimit
from personalization.ports.key_usage import KnownUsage
from personalization.settings.key_limits import KeyLimitSettings

DAY_SECONDS: Final = 86_400
BY_SECOND: Final = "second"
BY_DAY: Final = "day"


class KeyCounter:
    """Requests of one key in this process; seconds are those of a monotonic clock."""

    __slots__ = (
        "asked",
        "cap",
        "day_ends",
        "day_own",
        "day_total",
        "has_address_limit",
        "key",
        "limit",
        "minute_total",
        "passed",
        "policy",
        "second",
        "settled_at",
        "unreported",
    )

    def __init__(self, key: ApiKey, limit: RateLimit, now: float) -> None:
        self.take_key(key, limit)
        self.second = int(now)
        self.unreported = 0
        """Requests that passed, and of which the metric does not know."""
        self.passed = 0
        """In this second."""
        self.asked = 0
        """Since the last settlement, also what was refused."""
        self.minute_total: int | None = None
        """What all processes had asked in the shared minute, None before the first settlement."""
        self.settled_at = now
        self.day_total = 0
        """Of all processes, as of the last settlement."""
        self.day_own = 0
        """Of this process since then."""
        self.day_ends = now + DAY_SECONDS

    def take_key(self, key: ApiKey, limit: RateLimit) -> None:
        """Go on with what is in the book now."""
        self.key = key
        self.limit = limit
        self.cap = limit.per_second
        """What this process may let pass in a second: the rest is for the others."""
        self.policy = _policy(limit)
        self.has_address_limit = key.kind is KeyKind.PUBLISHABLE

    def turn_to(self, now: float) -> None:
        """Begin the windows that this moment is in."""
        second = int(now)
        if second != self.second:
            self.second, self.passed = second, 0
        if now >= self.day_ends:
            self.day_total, self.day_own, self.day_ends = 0, 0, now + DAY_SECONDS

    @property
    def left_this_second(self) -> int:
        return max(0, self.cap - self.passed)

    @property
    def left_today(self) -> int:
        return max(0, self.limit.per_day - self.day_total - self.day_own)

    def count(self) -> None:
        self.passed += 1
        self.asked += 1
        self.day_own += 1
        self.unreported += 1

    def day_seconds(self, now: float) -> int:
        """Return how long it is until the quota begins again."""
        return max(1, round(self.day_ends - now))

    def fields(self, now: float) -> list[tuple[bytes, bytes]]:
        """Return the headers `RateLimit-Policy` and `RateLimit`.

        As in draft-ietf-httpapi-ratelimit-headers: lists of named policies with a quota `q` in a
        window of `w` seconds, and what remains `r` for `t` seconds.
        """
        return [(b"ratelimit-policy", self.policy), (b"ratelimit", self._remainder(now))]

    def header_lines(self, now: float) -> bytes:
        """Return the same as lines."""
        return b"ratelimit-policy: %b\r\nratelimit: %b\r\n" % (self.policy, self._remainder(now))

    def _remainder(self, now: float) -> bytes:
        left = b'"second";r=%d;t=1' % self.left_this_second
        if not self.limit.per_day:
            return left
        return b'%b, "day";r=%d;t=%d' % (left, self.left_today, self.day_seconds(now))

    def settle(self, sent: "SentCounts", minute: KnownUsage, day: KnownUsage, now: float) -> None:
        """Take what all processes have counted, with what this one has sent."""
        self._share(sent.asked, minute.total, max(now - self.settled_at, 1e-3))
        self.asked -= sent.asked
        self.day_own = max(0, self.day_own - sent.passed)
        self.day_total, self.day_ends = day.total, now + day.seconds_left
        self.minute_total, self.settled_at = minute.total, now

    def _share(self, own: int, total: int, seconds: float) -> None:
        """Divide the limit by what each process was asked: all of them together keep to it."""
        before = self.minute_total
        if before is None:
            return
        # A lower count is that of a new minute.
        others = total - own - (before if total >= before + own else 0)
        limit, own_rate, others_rate = self.limit.per_second, own / seconds, others / seconds
        if own_rate + others_rate <= limit:
            self.cap = max(1, int(limit - others_rate))
        else:
            self.cap = max(1, int(limit * own_rate / (own_rate + others_rate)))


def _policy(limit: RateLimit) -> bytes:
    policy = f'"{BY_SECOND}";q={limit.per_second};w=1'
    if limit.per_day:
        policy += f', "{BY_DAY}";q={limit.per_day};w={DAY_SECONDS}'
    return policy.encode()


@dataclass(frozen=True, slots=True)
class SentCounts:
    """What of a counter is on its way to the others."""

    counter: KeyCounter
    asked: int
    passed: int


def limit_of(key: ApiKey, settings: KeyLimitSettings) -> RateLimit:
    if key.limit is not None:
        return key.limit
    if key.kind is KeyKind.PUBLISHABLE:
        return RateLimit(
            per_second=settings.publishable_per_second, per_day=settings.publishable_per_day
        )
    return RateLimit(per_second=settings.secret_per_second, per_day=settings.secret_per_day)

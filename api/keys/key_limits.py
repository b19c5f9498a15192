"""How many requests a key may make: counted in the process, settled with the others in between.

Every process lets its share of the limit of a second pass, and of a quota what is left as of the
last settlement. Until it hears of the others it may let pass what they let pass as well: a limit
is exceeded by at most (processes - 1) x what one lets pass between two settlements. While Redis
is away, share and quota stay as last known.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from api.edge.addresses import address_key
from api.keys.rate_windows import DAY_SECONDS, KeyCounter, SentCounts, limit_of
from personalization.domain.access.api_key import ApiKey, KeyId
from personalization.ports.key_usage import KnownUsage, UsageCount, UsageWindow
from personalization.settings.key_limits import KeyLimitSettings

MOST_COUNTERS: Final = 2_000
"""Keys in force and those that were replaced; idle ones are forgotten above."""
BY_SECOND: Final = "second"
BY_DAY: Final = "day"
BY_ADDRESS: Final = "address"


class LimitRefusal(NamedTuple):
    window: str
    """Which limit is reached: `second`, `day` or `address`."""
    amount: int
    seconds: int
    """Until requests are taken again."""


class KeyLimits:
    """Lives on one event loop."""

    def __init__(
        self, settings: KeyLimitSettings, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.settings = settings
        self._now = now
        self._counters: dict[KeyId, KeyCounter] = {}
        self._addresses = _AddressCounts(settings.addresses)

    def refusal(self, key: ApiKey, address: str) -> LimitRefusal | None:
        """Return which limit a request would exceed, if any; counts nothing."""
        counter = self._counter(key)
        if counter.passed >= counter.cap:
            return LimitRefusal(BY_SECOND, counter.limit.per_second, 1)
        if counter.limit.per_day and not counter.left_today:
            left = max(1, round(counter.day_ends - self._now()))
            return LimitRefusal(BY_DAY, counter.limit.per_day, left)
        most = self.settings.publishable_address_per_second
        if counter.has_address_limit and self._addresses.amount(address, counter.second) >= most:
            return LimitRefusal(BY_ADDRESS, most, 1)
        return None

    def count(self, key: ApiKey, address: str) -> None:
        """Count a request that passes."""
        counter = self._counter(key)
        counter.count()
        if counter.has_address_limit:
            self._addresses.count(address, counter.second)

    def count_refusal(self, key: ApiKey) -> None:
        self._counter(key).asked += 1

    def fields(self, key: ApiKey) -> list[tuple[bytes, bytes]]:
        """Return the headers `RateLimit-Policy` and `RateLimit` of the key as it is now.

        As in draft-ietf-httpapi-ratelimit-headers: lists of named policies with a quota `q` in a
        window of `w` seconds, and what remains `r` for `t` seconds.
        """
        counter = self._counter(key)
        limit = counter.limit
        policy = b'"%b";q=%d;w=1' % (BY_SECOND.encode(), limit.per_second)
        left = b'"%b";r=%d;t=1' % (BY_SECOND.encode(), counter.left_this_second)
        if limit.per_day:
            name, seconds = BY_DAY.encode(), max(1, round(counter.day_ends - self._now()))
            policy += b', "%b";q=%d;w=%d' % (name, limit.per_day, DAY_SECONDS)
            left += b', "%b";r=%d;t=%d' % (name, counter.left_today, seconds)
        return [(b"ratelimit-policy", policy), (b"ratelimit", left)]

    def open_counts(self) -> list[SentCounts]:
        """Return what the others do not know yet."""
        if len(self._counters) > MOST_COUNTERS:
            busy = {key: counter for key, counter in self._counters.items() if counter.asked}
            self._counters = busy
        counters = self._counters.values()
        return [
            SentCounts(counter, counter.asked, counter.day_own)
            for counter in counters
            if counter.asked
        ]

    def settle(self, sent: Sequence[SentCounts], known: Sequence[KnownUsage]) -> None:
        """Take what `counts_of` was answered with."""
        now = self._now()
        for counts, minute, day in zip(sent, known[::2], known[1::2], strict=True):
            counts.counter.settle(counts, minute, day, now)

    def _counter(self, key: ApiKey) -> KeyCounter:
        counter = self._counters.get(key.key_id)
        now = self._now()
        if counter is None:
            counter = KeyCounter(key, limit_of(key, self.settings), now)
            self._counters[key.key_id] = counter
        elif counter.key is not key:
            counter.take_key(key, limit_of(key, self.settings))
        counter.turn_to(now)
        return counter


def counts_of(sent: Sequence[SentCounts]) -> list[UsageCount]:
    """Return two counts of each key: of the minute, by which seconds are shared, and of the day."""
    return [
        UsageCount(counts.counter.key.shop, counts.counter.key.key_id, window, amount)
        for counts in sent
        for window, amount in (
            (UsageWindow.MINUTE, counts.asked),
            (UsageWindow.DAY, counts.passed),
        )
    ]


class _AddressCounts:
    """Requests of addresses in this second; of too many those unseen for longest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def amount(self, address: str, second: int) -> int:
        last, count = self._counts.get(address_key(address), (second, 0))
        return count if last == second else 0

    def count(self, address: str, second: int) -> None:
        name = address_key(address)
        before = self.amount(address, second)
        self._counts[name] = (second, before + 1)
        self._counts.move_to_end(name)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)

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
from api.keys.rate_windows import BY_DAY, BY_SECOND, KeyCounter, SentCounts, limit_of
from personalization.domain.access.api_key import ApiKey, KeyId, KeyKind
from personalization.ports.key_usage import KnownUsage, UsageCount, UsageWindow
from personalization.settings.key_limits import KeyLimitSettings
from personalization.telemetry.metrics import KEY_REQUESTS

MOST_COUNTERS: Final = 2_000
"""Keys in force and those that were replaced; idle ones are forgotten above."""
BY_ADDRESS: Final = "address"
_PASSED: Final = {kind: KEY_REQUESTS.labels(kind.value, "passed") for kind in KeyKind}


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
        self.now = now
        self._counters: dict[KeyId, KeyCounter] = {}
        self._addresses = _AddressCounts(settings.addresses)

    def counter(self, key: ApiKey) -> KeyCounter:
        """Return what counts a key, in the windows of this moment."""
        counter = self._counters.get(key.key_id)
        now = self.now()
        if counter is None:
            counter = KeyCounter(key, limit_of(key, self.settings), now)
            self._counters[key.key_id] = counter
        elif counter.key is not key:
            counter.take_key(key, limit_of(key, self.settings))
        counter.turn_to(now)
        return counter

    def refusal(self, counter: KeyCounter, address: str) -> LimitRefusal | None:
        """Return which limit a request would exceed, if any; counts nothing."""
        most = self.settings.publishable_address_per_second
        if counter.has_address_limit and self._addresses.amount(address, counter.second) >= most:
            return LimitRefusal(BY_ADDRESS, most, 1)
        if counter.passed >= counter.cap:
            return LimitRefusal(BY_SECOND, counter.limit.per_second, 1)
        if counter.limit.per_day and not counter.left_today:
            return LimitRefusal(BY_DAY, counter.limit.per_day, counter.day_seconds(self.now()))
        return None

    def count(self, counter: KeyCounter, address: str) -> None:
        """Count a request that passes."""
        counter.count()
        if counter.has_address_limit:
            self._addresses.count(address, counter.second)

    def count_refusal(self, counter: KeyCounter, address: str, window: str) -> None:
        """Count a request that one of the limits refuses.

        Processes share a second by what they are asked: what one address sends above its limit
        asks for nothing, or it would take the share of the shoppers of other processes.
        """
        if window == BY_ADDRESS:
            return
        counter.asked += 1
        if counter.has_address_limit:
            self._addresses.count(address, counter.second)

    def fields(self, key: ApiKey) -> list[tuple[bytes, bytes]]:
        """Return the headers `RateLimit-Policy` and `RateLimit` of a key as it is now."""
        return self.counter(key).fields(self.now())

    def report(self) -> None:
        """Bring the metric of requests that passed up to date."""
        for counter in self._counters.values():
            if counter.unreported:
                _PASSED[counter.key.kind].inc(counter.unreported)
                counter.unreported = 0

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
        now = self.now()
        for counts, minute, day in zip(sent, known[::2], known[1::2], strict=True):
            counts.counter.settle(counts, minute, day, now)


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

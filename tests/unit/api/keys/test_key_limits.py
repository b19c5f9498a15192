"""How many requests a key may make, in one process and in several."""

from collections.abc import Sequence
from dataclasses import replace

from api.keys.key_limits import KeyLimits, LimitRefusal, counts_of
from api.keys.key_use import use_key
from personalization.domain.access.api_key import AccessRole, ApiKey, RateLimit
from personalization.ports.key_usage import KnownUsage, UsageCount, UsageWindow
from personalization.settings.key_limits import KeyLimitSettings
from tests.builders.access.known_keys import OF_ROLE, PUBLISHABLE, SERVER, key_of

KEY = replace(key_of(SERVER), limit=RateLimit(per_second=10, per_day=0))
WITH_QUOTA = replace(key_of(SERVER), limit=RateLimit(per_second=1_000, per_day=50))
PAGE = replace(key_of(PUBLISHABLE), limit=RateLimit(per_second=100, per_day=0))


class ManualSeconds:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class SharedUsage:
    """Implements `KeyUsage` in memory."""

    def __init__(self) -> None:
        self.totals: dict[UsageWindow, int] = {}

    def add(self, counts: Sequence[UsageCount]) -> Sequence[KnownUsage]:
        known = []
        for count in counts:
            self.totals[count.window] = self.totals.get(count.window, 0) + count.amount
            left = 60 if count.window is UsageWindow.MINUTE else 86_400
            known.append(KnownUsage(self.totals[count.window], left))
        return known

    def close(self) -> None: ...


def _ask(limits: KeyLimits, key: ApiKey, times: int, address: str = "192.0.2.1") -> int:
    """Return how many of so many requests pass."""
    passing = 0
    for _ in range(times):
        if use_key(limits, key, address) is None:
            passing += 1
    return passing


def _settle(limits: KeyLimits, usage: SharedUsage) -> None:
    sent = limits.open_counts()
    limits.settle(sent, usage.add(counts_of(sent)))


def _limits(now: ManualSeconds, **settings: int) -> KeyLimits:
    return KeyLimits(KeyLimitSettings(**settings), now)  # type: ignore[arg-type]


def test_a_second_has_its_requests_and_the_next_one_again() -> None:
    now = ManualSeconds()
    limits = _limits(now)

    assert _ask(limits, KEY, 15) == 10
    assert limits.refusal(limits.counter(KEY), "") == LimitRefusal("second", 10, 1)
    now.seconds += 1
    assert _ask(limits, KEY, 15) == 10


def test_each_key_has_its_own_limit_or_that_of_its_kind() -> None:
    limits = _limits(ManualSeconds(), secret_per_second=3, publishable_per_second=7)

    assert _ask(limits, KEY, 20) == 10
    assert _ask(limits, key_of(OF_ROLE[AccessRole.VIEWER]), 20) == 3
    assert _ask(limits, key_of(PUBLISHABLE), 20) == 7


def test_a_quota_ends_for_the_day() -> None:
    now = ManualSeconds()
    limits = _limits(now)

    assert _ask(limits, WITH_QUOTA, 60) == 50
    now.seconds += 3_600
    assert limits.refusal(limits.counter(WITH_QUOTA), "") == LimitRefusal("day", 50, 82_800)
    now.seconds += 82_800
    assert _ask(limits, WITH_QUOTA, 60) == 50


def test_a_changed_limit_holds_at_once_and_the_count_goes_on() -> None:
    limits = _limits(ManualSeconds())
    _ask(limits, WITH_QUOTA, 40)

    more = replace(WITH_QUOTA, limit=RateLimit(per_second=1_000, per_day=60))

    assert _ask(limits, more, 40) == 20


def test_one_address_does_not_use_up_what_everybody_may() -> None:
    limits = _limits(ManualSeconds(), publishable_address_per_second=20)

    assert _ask(limits, PAGE, 50, "192.0.2.1") == 20
    assert limits.refusal(limits.counter(PAGE), "192.0.2.1") == LimitRefusal("address", 20, 1)
    assert _ask(limits, PAGE, 50, "192.0.2.2") == 20
    # All of an IPv6 site are one.
    assert sum(_ask(limits, PAGE, 10, f"2001:db8::{number}") for number in range(5)) == 20
    assert _ask(limits, KEY, 50, "192.0.2.1") == 10


def test_addresses_are_remembered_up_to_a_bound() -> None:
    limits = _limits(ManualSeconds(), addresses=5)
    for number in range(50):
        limits.count(limits.counter(PAGE), f"192.0.2.{number}")

    assert len(limits._addresses._counts) == 5  # noqa: SLF001 - what it is about


def test_two_processes_exceed_a_quota_by_what_one_lets_pass_between_settlements() -> None:
    now, usage = ManualSeconds(), SharedUsage()
    first, second = _limits(now), _limits(now)
    before = _ask(first, WITH_QUOTA, 20) + _ask(second, WITH_QUOTA, 20)
    _settle(first, usage)
    _settle(second, usage)

    between = _ask(first, WITH_QUOTA, 100) + _ask(second, WITH_QUOTA, 100)
    _settle(first, usage)
    _settle(second, usage)

    # The first had not heard of the second's 20, nor either of the other's new ones.
    assert before == 40
    assert between == 30 + 10
    assert _ask(first, WITH_QUOTA, 10) + _ask(second, WITH_QUOTA, 10) == 0


def test_two_processes_share_a_second_by_what_they_are_asked() -> None:
    now, usage = ManualSeconds(), SharedUsage()
    key = replace(KEY, limit=RateLimit(per_second=100, per_day=0))
    first, second = _limits(now), _limits(now)
    for _ in range(4):
        passed = _ask(first, key, 300), _ask(second, key, 100)
        now.seconds += 1
        _settle(first, usage)
        _settle(second, usage)

    assert sum(passed) <= 100
    assert 70 <= passed[0] <= 80
    assert 20 <= passed[1] <= 30
    # Once the others are quiet, one has all of it again.
    for _ in range(3):
        alone = _ask(first, key, 300)
        now.seconds += 1
        _settle(first, usage)
    assert alone == 100


def test_one_address_takes_no_share_of_the_shoppers_of_another_process() -> None:
    now, usage = ManualSeconds(), SharedUsage()
    first, second = (_limits(now, publishable_address_per_second=20) for _ in range(2))
    for _ in range(4):
        passed = _ask(first, PAGE, 5_000, "192.0.2.1")
        shoppers = sum(_ask(second, PAGE, 1, f"198.51.100.{number}") for number in range(60))
        now.seconds += 1
        _settle(first, usage)
        _settle(second, usage)

    assert (passed, shoppers) == (20, 60)


def test_what_could_not_be_told_is_told_the_next_time() -> None:
    now, usage = ManualSeconds(), SharedUsage()
    limits = _limits(now)
    _ask(limits, WITH_QUOTA, 20)
    limits.open_counts()  # Redis is away.
    _ask(limits, WITH_QUOTA, 10)
    _settle(limits, usage)

    assert usage.totals[UsageWindow.DAY] == 30
    assert limits.open_counts() == []
    assert _ask(limits, WITH_QUOTA, 100) == 20


def test_answers_say_what_is_left() -> None:
    now = ManualSeconds()
    limits = _limits(now)
    _ask(limits, WITH_QUOTA, 20)

    fields = dict(limits.fields(WITH_QUOTA))

    assert fields[b"ratelimit-policy"] == b'"second";q=1000;w=1, "day";q=50;w=86400'
    assert fields[b"ratelimit"] == b'"second";r=980;t=1, "day";r=30;t=86400'
    assert dict(_limits(now).fields(KEY))[b"ratelimit"] == b'"second";r=10;t=1'

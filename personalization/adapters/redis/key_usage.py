from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from personalization.adapters.redis.connection import checked_replies_of, connect
from personalization.adapters.redis.direct_client import Command
from personalization.adapters.redis.keys import Keys
from personalization.ports.key_usage import KnownUsage, UsageCount, UsageWindow
from personalization.settings.redis import RedisSettings


class RedisKeyUsage:
    """Fixed windows of the library `limits`: its script counts and sets the end in one step.

    It is sent by our own client, which has one round trip for all keys, and knows clusters.
    """

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._keys = Keys(settings.namespace)

    def add(self, counts: Sequence[UsageCount]) -> Sequence[KnownUsage]:
        commands = [command for count in counts for command in self._commands(count)]
        if not commands:
            return []
        replies = checked_replies_of(self._client, commands)
        return [
            KnownUsage(int(total), max(0, int(left)))
            for total, left in zip(replies[::2], replies[1::2], strict=True)
        ]

    def close(self) -> None:
        self._client.close()

    def _commands(self, count: UsageCount) -> tuple[Command, Command]:
        key = self._keys.key_usage(count.shop, count.key_id, count.window)
        fixed = _fixed_windows()
        expiry = fixed.seconds[count.window]
        return ("EVAL", fixed.script, 1, key, expiry, count.amount), ("TTL", key)


class _FixedWindows(NamedTuple):
    script: bytes
    seconds: Mapping[UsageWindow, int]


@lru_cache(maxsize=1)
def _fixed_windows() -> _FixedWindows:
    # The library takes a tenth of a second to import, which only an API with keys should pay.
    from limits import RateLimitItemPerDay, RateLimitItemPerMinute
    from limits.storage import RedisStorage

    windows = {
        UsageWindow.MINUTE: RateLimitItemPerMinute(1),
        UsageWindow.DAY: RateLimitItemPerDay(1),
    }
    seconds = {window: item.get_expiry() for window, item in windows.items()}
    return _FixedWindows(RedisStorage.SCRIPT_INCR_EXPIRE, seconds)

"""What a server has under the service's namespace, by kind of key."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

import redis

from personalization.settings.redis import RedisSettings

_AT_ONCE = 500


def redis_places(
    url: str, settings: RedisSettings
) -> Iterator[tuple[str, "partial[Iterator[bytes]]"]]:
    """Yield a name such as `redis/profile`, and what reads its keys and values."""
    client = redis.Redis.from_url(url)
    kinds: defaultdict[str, list[bytes]] = defaultdict(list)
    for key in client.scan_iter(match=f"{settings.namespace}:*", count=_AT_ONCE):
        kinds[key.decode().split(":")[1]].append(key)
    for kind, keys in sorted(kinds.items()):
        yield f"redis/{kind}", partial(_read, client, keys)


def _read(client: Any, keys: list[bytes]) -> Iterator[bytes]:  # noqa: ANN401 - of the driver
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        yield from some
        for value in client.mget(some):
            if value is not None:
                yield value
                # A version stands before the body.
                yield value.partition(b" ")[2]

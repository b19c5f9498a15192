import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.cluster import ClusterPipeline
from redis.exceptions import ClusterError, RedisClusterException
from redis.retry import Retry

from personalization.adapters.redis.cluster import LazyCluster
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.settings.redis import RedisSettings

COMMANDS_PER_ROUND_TRIP = 500
"""A reply of this many profiles is a few megabytes: more would only add to memory."""

# No memory left, or no disk space for the append-only file. A pipeline and a script each wrap
# the server's word in their own, so that the driver's error class does not tell.
_FULL = re.compile(r"(^|: |-)(OOM|MISCONF) ")
# A server that answers, and says that it cannot serve now.
_NOT_NOW = re.compile(r"(^|: |-)(NOREPLICAS|MASTERDOWN|BUSY|LOADING|TRYAGAIN) ")

_Item = TypeVar("_Item")

_UNAVAILABLE = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.ReadOnlyError,
    # A cluster that is being formed, has lost a node or cannot be reached at all.
    ClusterError,
    RedisClusterException,
    # The driver reads files of its own to connect: there may be no descriptor left.
    OSError,
)

Client = redis.Redis | LazyCluster
"""Of one server, or of a cluster."""
Commands = redis.Redis | Pipeline | ClusterPipeline


def connect(url: str, settings: RedisSettings) -> Client:
    """Return a thread-safe client, which connects when first used."""
    if settings.cluster:
        return LazyCluster(url, settings)
    return redis.Redis.from_url(
        url,
        socket_timeout=settings.timeout_seconds,
        socket_connect_timeout=settings.timeout_seconds,
        # Once more is enough after a server's restart; to wait is the caller's decision.
        retry=Retry(NoBackoff(), 1),
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise StoreUnavailableError(f"redis: {error}") from error
    except redis.OutOfMemoryError as error:
        # Of a single command, whose code the driver has taken off.
        raise StoreFullError(f"redis: {error}") from error
    except redis.ResponseError as error:
        if _FULL.search(str(error)):
            raise StoreFullError(f"redis: {error}") from error
        if _NOT_NOW.search(str(error)):
            raise StoreUnavailableError(f"redis: {error}") from error
        raise


def in_batches(
    client: Client, items: Iterable[_Item], command: Callable[[Commands, _Item], object]
) -> list[Any]:
    """Send one command per item, which returns its own, in few round trips; return the replies."""
    remaining = iter(items)
    replies: list[Any] = []
    with translated_errors():
        while chunk := list(islice(remaining, COMMANDS_PER_ROUND_TRIP)):
            if len(chunk) == 1 and isinstance(client, redis.Redis):
                # Most batches are of one session: a pipeline costs a quarter of such a command.
                replies.append(command(client, chunk[0]))
                continue
            with client.pipeline(transaction=False) as pipeline:
                for item in chunk:
                    command(pipeline, item)
                replies.extend(pipeline.execute())
    return replies

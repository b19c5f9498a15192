import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import ClusterError, RedisClusterException, RedisError
from redis.retry import Retry

from personalization.adapters.redis.cluster import LazyCluster
from personalization.adapters.redis.direct_client import Command, DirectClient
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.settings.redis import RedisSettings

COMMANDS_PER_ROUND_TRIP = 500
"""A reply of this many profiles is a few megabytes: more would only add to memory."""

# No memory left, or no disk space for the append-only file. A pipeline and a script each wrap
# the server's word in their own, so that the driver's error class does not tell.
_FULL = re.compile(r"(^|: |-)(OOM|MISCONF) ")
# A server that answers, and says that it cannot serve now.
_NOT_NOW = re.compile(r"(^|: |-)(NOREPLICAS|MASTERDOWN|BUSY|LOADING|TRYAGAIN) ")

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

_FAILURES = (RedisError, RedisClusterException, OSError)


class Client(Protocol):
    """Of one server, or of a cluster; safe among threads."""

    keys_per_script: int

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Send all at once and return the replies; an error is the reply of its command."""

    def pubsub(self) -> PubSub: ...

    def close(self) -> None: ...


def connect(url: str, settings: RedisSettings) -> Client:
    """Return a client, which connects when first used."""
    if settings.cluster:
        return LazyCluster(url, settings)
    server = redis.Redis.from_url(
        url,
        socket_timeout=settings.timeout_seconds,
        socket_connect_timeout=settings.timeout_seconds,
        # Once more is enough after a server's restart; to wait is the caller's decision.
        retry=Retry(NoBackoff(), 1),
    )
    return DirectClient(server)


@contextmanager
def translated_errors() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise_domain_error(error)


def replies_of(client: Client, commands: Sequence[Command]) -> list[Any]:
    """Send the commands in few round trips; return their replies, among them errors of theirs.

    Raises `StoreUnavailableError` where the server or its connection fails.
    """
    try:
        if len(commands) <= COMMANDS_PER_ROUND_TRIP:
            return client.ask(commands)
        starts = range(0, len(commands), COMMANDS_PER_ROUND_TRIP)
        chunks = (commands[start : start + COMMANDS_PER_ROUND_TRIP] for start in starts)
        return [reply for chunk in chunks for reply in client.ask(chunk)]
    except _FAILURES as error:
        raise_domain_error(error)


def checked_replies_of(client: Client, commands: Sequence[Command]) -> list[Any]:
    """Return replies as above; raises the first error among them."""
    replies = replies_of(client, commands)
    for reply in replies:
        if isinstance(reply, Exception):
            raise_domain_error(reply)
    return replies


def raise_domain_error(error: Exception) -> NoReturn:
    """Raise the domain's word for a driver's error; a mistake of ours stays as it is."""
    if isinstance(error, _UNAVAILABLE):
        raise StoreUnavailableError(f"redis: {error}") from error
    # The driver takes the code off the error of a single command.
    if isinstance(error, redis.OutOfMemoryError) or _FULL.search(str(error)):
        raise StoreFullError(f"redis: {error}") from error
    if _NOT_NOW.search(str(error)):
        raise StoreUnavailableError(f"redis: {error}") from error
    raise error

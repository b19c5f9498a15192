from collections.abc import Sequence
from threading import Lock
from typing import Any

from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.cluster import RedisCluster
from redis.exceptions import ResponseError
from redis.retry import Retry

from personalization.adapters.redis.direct_client import Command
from personalization.settings.redis import RedisSettings


class LazyCluster:
    """The part of a client that the adapters use; safe among threads.

    The driver asks a node for the others when it is made. That is put off to the first command,
    so that a process may start while the cluster is away.
    """

    keys_per_script = 1
    """Keys are spread over the nodes."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._url = url
        self._timeout_seconds = settings.timeout_seconds
        self._lock = Lock()
        self._cluster: RedisCluster | None = None

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        try:
            if len(commands) == 1:
                # A pipeline refuses commands without a key.
                return [self._connect().execute_command(*commands[0])]  # type: ignore[no-untyped-call]
            with self._connect().pipeline(transaction=False) as pipeline:  # type: ignore[no-untyped-call]
                for command in commands:
                    pipeline.execute_command(*command)
                replies: list[Any] = pipeline.execute(raise_on_error=False)
                return replies
        except ResponseError as error:
            # A reply for each: whoever asked goes through them side by side.
            return [error] * len(commands)

    def pubsub(self) -> PubSub:
        """Return a subscriber at the node that the channel's name belongs to."""
        listener: PubSub = self._connect().pubsub()  # type: ignore[no-untyped-call]
        return listener

    def close(self) -> None:
        with self._lock:
            if self._cluster is not None:
                # `close` alone leaves the pools open that `from_url` has made.
                self._cluster.disconnect_connection_pools()  # type: ignore[no-untyped-call]
                self._cluster.close()
            self._cluster = None

    def _connect(self) -> RedisCluster:
        with self._lock:
            if self._cluster is None:
                options: dict[str, Any] = {
                    "socket_timeout": self._timeout_seconds,
                    "socket_connect_timeout": self._timeout_seconds,
                    "retry": Retry(NoBackoff(), 1),
                    # Sessions of the nodes that are left go on when others are away.
                    "require_full_coverage": False,
                    # The name in the url may lead to another node by the time it is needed again.
                    "dynamic_startup_nodes": False,
                }
                self._cluster = RedisCluster.from_url(self._url, **options)
                # Each pipeline has a lock of its own, so that two at once would each give a node
                # a pool of connections, of which nobody closes the one that is overwritten.
                for node in self._cluster.get_nodes():  # type: ignore[no-untyped-call]
                    self._cluster.get_redis_connection(node)
            return self._cluster

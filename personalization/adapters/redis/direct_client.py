from collections.abc import Sequence
from typing import Any, TypeAlias

import redis
from hiredis import pack_command
from redis.client import PubSub
from redis.connection import ConnectionInterface

Command: TypeAlias = tuple[str | bytes | int, ...]

_LOST = (redis.ConnectionError, redis.TimeoutError, OSError)


class DirectClient:
    """Sends packed commands over connections of its own, each used by one thread at a time.

    The driver's client asks its pool, its metrics and its retries some 150 calls for each command.
    Here a connection is taken from a list and put back. Whether it still holds is not asked before:
    one that does not is seen by its error, and the commands, which may all be repeated, are sent
    once more over a new one.
    """

    keys_per_script = 64
    """A script is one step for the server: others wait for less than a millisecond."""

    def __init__(self, server: redis.Redis) -> None:
        self._server = server
        self._free: list[ConnectionInterface] = []
        self._closed = False

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        # The package's stub means a tuple of one.
        packed = [b"".join([pack_command(command) for command in commands])]  # type: ignore[arg-type]
        try:
            # Of two threads that see the last one, only one gets it.
            connection = self._free.pop()
        except IndexError:
            connection = self._server.connection_pool.make_connection()
        try:
            try:
                replies = _exchange(connection, packed, len(commands))
            except _LOST:
                connection.disconnect()  # type: ignore[no-untyped-call]
                replies = _exchange(connection, packed, len(commands))
        except BaseException:
            # Replies that nobody has read would be taken for those of the next commands.
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        self._free.append(connection)
        if self._closed:
            self.close()
        return replies

    def pubsub(self) -> PubSub:
        listener: PubSub = self._server.pubsub()  # type: ignore[no-untyped-call]
        return listener

    def close(self) -> None:
        """Also closes connections that are in use, when they are put back."""
        self._closed = True
        while self._free:
            self._free.pop().disconnect()  # type: ignore[no-untyped-call]
        self._server.close()


def _exchange(connection: ConnectionInterface, packed: list[bytes], count: int) -> list[Any]:
    connection.send_packed_command(packed)  # type: ignore[no-untyped-call]
    replies: list[Any] = []
    for _ in range(count):
        try:
            replies.append(connection.read_response())
        except redis.ResponseError as error:
            replies.append(error)
    return replies

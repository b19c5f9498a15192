"""A member of a group that speaks Kafka's protocol by hand."""

import socket
import struct

from tests.waiting import eventually

LONG_SECONDS = 20.0
_JOIN, _SYNC = 11, 14
"""Numbers of the requests in Kafka's protocol."""


class SlowLeader:
    """Leads a group by hand, so that a rebalance lasts as long as a test wants.

    While the leader has not said who gets what, the coordinator refuses the members' commits.
    """

    def __init__(self, address: str, group: str, partitions: int) -> None:
        host, port = address.split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=LONG_SECONDS)
        self._answers = self._socket.makefile("rb")
        self._group = _string(group)
        self._partitions = partitions
        self._me = ""
        self._generation = 0
        self._others: list[str] = []

    def join(self, members: int) -> None:
        """Begin a rebalance; return once so many members wait for what the leader decides."""
        eventually(lambda: self._join_once() == members, LONG_SECONDS)

    def give(self, topic: str) -> None:
        """End the rebalance: the only follower gets all partitions."""
        count = self._partitions
        places = struct.pack(f">i{count}i", count, *range(count))
        share = _bytes(struct.pack(">hi", 0, 1) + _string(topic) + places + _bytes(b""))
        nothing = _bytes(struct.pack(">hi", 0, 0) + _bytes(b""))
        shares = b"".join(_string(process) + share for process in self._others)
        everyone = struct.pack(">i", len(self._others) + 1) + shares + _string(self._me) + nothing
        body = self._group + struct.pack(">i", self._generation) + _string(self._me) + everyone
        _, error = struct.unpack_from(">ih", self._ask(_SYNC, 1, body))
        assert error == 0

    def close(self) -> None:
        """Go silently."""
        self._answers.close()
        self._socket.close()

    def _join_once(self) -> int:
        patience = struct.pack(">ii", int(LONG_SECONDS * 1000), int(LONG_SECONDS * 1000))
        topics = _bytes(struct.pack(">hi", 0, 0) + _bytes(b""))
        kinds = struct.pack(">i", 1) + _string("cooperative-sticky") + topics
        me = _string(self._me) + _string("consumer")
        answer = self._ask(_JOIN, 2, self._group + patience + me + kinds)
        _, error, self._generation = struct.unpack_from(">ihi", answer)
        if error:  # The coordinator is still starting.
            return 0
        _, at = _text_at(answer, 10)
        leader, at = _text_at(answer, at)
        self._me, at = _text_at(answer, at)
        assert leader == self._me
        [count] = struct.unpack_from(">i", answer, at)
        at, members = at + 4, []
        for _ in range(count):
            member, at = _text_at(answer, at)
            at += 4 + struct.unpack_from(">i", answer, at)[0]
            members.append(member)
        self._others = [member for member in members if member != self._me]
        return int(count)

    def _ask(self, kind: int, version: int, body: bytes) -> bytes:
        self._socket.sendall(_bytes(struct.pack(">hhi", kind, version, 0) + _string("") + body))
        [length] = struct.unpack(">i", self._answers.read(4))
        return self._answers.read(length)[4:]


def _string(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def _bytes(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def _text_at(answer: bytes, at: int) -> tuple[str, int]:
    [length] = struct.unpack_from(">h", answer, at)
    return answer[at + 2 : at + 2 + length].decode(), at + 2 + length

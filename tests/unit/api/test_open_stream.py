"""What ends a stream, also one whose answer has not begun."""

import asyncio

from api.edge.long_answer import LongAnswer
from api.profiles.open_stream import BEFORE_ANY, OpenStream
from api.profiles.stream_limits import StreamLimits
from personalization.domain.identifiers import SessionId
from personalization.settings.http_limits import HttpLimits

SESSION = SessionId("9c1f2f5e-64c2-4f4c-9a0c-0a9f6a4b8f10")


class WrittenAnswer(LongAnswer):
    """An answer without a connection."""

    def __init__(self) -> None:
        self.last: bytes | None = None

    def end(self, part: bytes) -> None:
        """Keep the last part."""
        self.last = part


class OneHub:
    """Knows which streams have left."""

    def __init__(self) -> None:
        self.left: list[OpenStream] = []

    def leave(self, stream: OpenStream) -> None:
        """Note it."""
        self.left.append(stream)


def test_a_stream_that_was_closed_before_its_answer_began_ends_with_its_beginning() -> None:
    async def begin_late() -> None:
        hub, answer, limits = OneHub(), WrittenAnswer(), StreamLimits(HttpLimits())
        stream = OpenStream(SESSION, BEFORE_ANY, hub, limits.take_place("127.0.0.1"))
        stream.close()
        assert hub.left == []

        stream.begin(answer)

        assert answer.last is not None
        assert b"connect again" in answer.last
        assert hub.left == [stream]
        assert limits.places == 0

    asyncio.run(begin_late())

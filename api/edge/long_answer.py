"""Answers that go on when the task of their request has ended.

A silent stream needs a connection and somebody who writes to it at times. A task that waits with
the frames of every middleware, its request and a timer takes more memory than all of that.
"""

from collections.abc import Callable
from typing import Final, Protocol, cast

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from api.edge.large_bodies import TAKES_LARGE_BODY, LargeBody

HANDOVER: Final[str] = "fitting_room.handover"
"""An ASGI message after the start of an answer: its `writer` writes the rest, and the task ends."""


class AnswerWriter(Protocol):
    """Writes what is left of an answer; called on the event loop only."""

    def begin(self, answer: "LongAnswer") -> None: ...

    def on_writable(self) -> None:
        """Go on: the client has read much of what had been left unread."""

    def on_lost(self) -> None:
        """Write no more: the connection is gone, perhaps before anything began."""


class LongAnswer:
    """The rest of an answer, in chunks."""

    __slots__ = ("_cycle", "_on_end")

    def __init__(self, cycle: RequestResponseCycle, on_end: Callable[[], None]) -> None:
        self._cycle = cycle
        self._on_end = on_end

    @property
    def is_writable(self) -> bool:
        """Whether the client has read enough for more to be written."""
        return not self._cycle.flow.write_paused

    def write(self, part: bytes) -> None:
        if not self._cycle.transport.is_closing():
            self._cycle.transport.write(b"%x\r\n%b\r\n" % (len(part), part))

    def end(self, part: bytes) -> None:
        """Write the last part; the connection is then free for another request."""
        transport = self._cycle.transport
        if transport.is_closing():
            return
        transport.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(part), part))
        self._cycle.response_complete = True
        if not self._cycle.keep_alive:
            transport.close()
        self._on_end()


HandsOver = Callable[[RequestResponseCycle, AnswerWriter], None]
BeginsLarge = Callable[[RequestResponseCycle, LargeBody], None]


def with_handover(
    cycle: RequestResponseCycle,
    app: ASGI3Application,
    hand_over: HandsOver,
    begin_large: BeginsLarge,
) -> ASGI3Application:
    """Let an answer be handed over, or a large body begin; say that a connection ends.

    It does with an answer that does not wait for the body; the client would send its next request
    on a connection that nobody reads any more.
    """

    async def call(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        async def tell(message: ASGISendEvent) -> None:
            kind: str = message["type"]
            if kind == HANDOVER:
                hand_over(cycle, cast("dict[str, AnswerWriter]", message)["writer"])
                return
            if kind == TAKES_LARGE_BODY:
                begin_large(cycle, cast("dict[str, LargeBody]", message)["body"])
                return
            if kind != "http.response.start" or not cycle.more_body:
                await send(message)
                return
            keeps_alive, cycle.keep_alive = cycle.keep_alive, False
            await send(message)
            # The end is ours: closed at once, the answer might never be read.
            cycle.keep_alive = keeps_alive

        await app(scope, receive, tell)

    return call


NO_REQUEST: Final = cast("HTTPScope", {})
"""Stands for the request of an answer that has been handed over: nobody reads it any more."""

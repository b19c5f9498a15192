"""Uvicorn's protocol with limits: on what a request is made of, and on how long it may take.

The parser itself has none: it gathers a header of any length, and waits for ever. So it is fed in
slices, and what it has told so far is looked at after each.
"""

import asyncio
from functools import partial
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any, Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from api.edge.config import EdgeConfig
from api.edge.connection_phase import BETWEEN, ConnectionPhase
from api.edge.head_faults import fault_of_framing, fault_of_headers
from api.edge.large_bodies import LargeBody
from api.edge.long_answer import NO_REQUEST, AnswerWriter, LongAnswer, with_handover
from api.edge.refusals import (
    BODY_TOO_SLOW,
    HEADERS_TOO_LARGE,
    HEADERS_TOO_SLOW,
    LINE_TOO_LONG,
    MALFORMED,
    TOO_MANY_PIPELINED,
    refusal_bytes,
)
from api.errors import Kind
from personalization.telemetry.metrics import REQUESTS_REFUSED

HEAD_SLICE: Final = 4 * 1024
BODY_SLICE: Final = 16 * 1024
MOST_PIPELINED: Final = 16
"""Requests that may wait behind one on the same connection; browsers send none."""
SEND_BUFFER: Final = 128 * 1024
"""What the kernel may hold of an answer, which otherwise takes megabytes that nobody counts."""
LEAST_READ: Final = 16 * 1024
"""A client reads if it takes this much, or all there is, within `stalled_seconds`."""
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 256 * 1024
"""How long, and for how much, a refused client may go on sending before it reads its answer."""
_LINE_ENDS: Final = len(b"  HTTP/1.1")
_FIELD_ENDS: Final = len(b": \r\n")


class GuardedProtocol(HttpToolsProtocol):
    # With these in its dictionary, each connection would have a table of names of its own.
    __slots__ = (
        "answering", "deadline", "discarded_bytes", "gate", "header_bytes", "header_fields",
        "is_last", "large_body", "limits", "line_bytes", "lingers", "most_unread",
        "payload_bytes", "peer", "phase", "unread_bytes", "unread_since", "wire_bytes", "writer",
    )  # fmt: skip

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.gate = config.gate
        self.limits = config.gate.limits
        self.timeout_keep_alive = self.limits.idle_seconds  # type: ignore[assignment]
        # Its lines hold the whole address, and with it sessions; ours hold the route.
        self.access_log = False
        self.peer = ""
        self.phase = ConnectionPhase.IDLE
        self.deadline = float("inf")
        self.unread_since = self.loop.time()
        self.unread_bytes = self.most_unread = 0
        self.line_bytes = self.header_bytes = self.header_fields = 0
        self.wire_bytes = self.payload_bytes = self.discarded_bytes = 0
        self.lingers = self.is_last = False
        self.answering: RequestResponseCycle | None = None
        """Not `cycle`, which is the last request that was read: others may wait before it."""
        self.large_body: LargeBody | None = None
        self.writer: AnswerWriter | None = None
        """Who writes the rest of `answering`, where its task has ended before it."""

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)
        self.deadline = self.loop.time() + self.limits.header_seconds
        refusal = self.gate.admit(self, self.peer)
        if refusal is not None:
            self.refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        self._silence_answer()
        super().connection_lost(exc)
        self.gate.lingering -= self.lingers
        self.gate.release_body(self)
        self.gate.leave(self, self.peer)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Let a client that will send no more have the answer to what it has sent.

        Once an answer has begun, as that of a stream has, it counts as gone.
        """
        waits = self.phase is ConnectionPhase.BUSY
        waits = waits and (not self.cycle.response_started or self.large_body is not None)
        if waits:
            self.cycle.keep_alive = False
        return waits

    def shutdown(self) -> None:
        if self.phase is ConnectionPhase.REFUSED:
            self.transport.abort()
        else:
            super().shutdown()

    def check(self, now: float) -> None:
        """End the connection if its client has had its time."""
        if self._leaves_unread(now):
            self.cut_off()
        elif now > self.deadline:
            self._time_is_up(now)

    def cut_off(self) -> None:
        """End the connection with what its client has not read."""
        REQUESTS_REFUSED.labels("slow-reader").inc()
        self._silence_answer()
        self.transport.abort()

    def _leaves_unread(self, now: float) -> bool:
        unread = self.transport.get_write_buffer_size()
        if unread == 0 or unread <= self.most_unread - LEAST_READ:
            self.unread_since, self.most_unread = now, unread
        self.unread_bytes = unread
        self.most_unread = max(self.most_unread, unread)
        return unread > 0 and now - self.unread_since > self.limits.stalled_seconds

    def _time_is_up(self, now: float) -> None:
        match self.phase:
            case ConnectionPhase.REFUSED:
                self.transport.abort()
            case ConnectionPhase.BODY if self.flow.read_paused:
                # It is we who are not reading.
                self.deadline = now + self.limits.body_seconds
            case ConnectionPhase.BODY:
                self.refuse(BODY_TOO_SLOW)
            case ConnectionPhase.HEAD:
                self.refuse(HEADERS_TOO_SLOW)
            case _:
                self.transport.close()
                self.deadline = now + LINGER_SECONDS

    def give_way(self, kind: Kind) -> bool:
        """Let another have the place, unless a request is under way or all is over already."""
        answered = self.cycle is None or self.cycle.response_complete
        if answered and self.transport.get_write_buffer_size():
            # Closed in earnest, since it would stay open until all is read.
            self.cut_off()
            return True
        if not answered or self.transport.is_closing():
            return False
        if self.phase is ConnectionPhase.HEAD:
            self.refuse(kind)
            return True
        if self.phase is ConnectionPhase.IDLE:
            REQUESTS_REFUSED.labels(kind.slug).inc()
            self.transport.close()
            return True
        return False

    def give_body_up(self, kind: Kind) -> bool:
        gives_up = self.phase is ConnectionPhase.BODY and not self.transport.is_closing()
        if gives_up:
            self.refuse(kind)
        return gives_up

    def refuse(self, kind: Kind) -> None:
        """Answer for the server, read no more, and give the client a moment to see it."""
        if self.phase is ConnectionPhase.REFUSED or self.transport.is_closing():
            return
        REQUESTS_REFUSED.labels(kind.slug).inc()
        self.gate.release_body(self)
        if self._silence_answer():
            self.phase = ConnectionPhase.REFUSED
            self.transport.abort()
            return
        phrase = STATUS_LINE[kind.status].split(maxsplit=2)[2].decode().strip()
        self.transport.write(refusal_bytes(kind, phrase))
        self._linger()

    def _silence_answer(self) -> bool:
        """Let what is being answered write no more; returns whether some of it was written."""
        answering = self.answering
        if answering is None or answering.response_complete:
            return False
        answering.disconnected = True
        answering.message_event.set()
        if self.writer is not None:
            self.writer.on_lost()
        return answering.response_started

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.answering = cycle
        answers = with_handover(cycle, app, self._hand_over, self._begin_large)
        super()._start_asgi_task(cycle, answers)

    def _begin_large(self, cycle: RequestResponseCycle, body: LargeBody) -> None:
        if self.cycle is cycle:
            self.large_body = body
        if self.large_body is body and self.phase is ConnectionPhase.BODY:
            self.deadline = body.deadline_after(0, self.loop.time(), self.limits)
        by_proxy = self.peer in self.gate.proxies
        body.begin(cycle, partial(self.gate.give_back, self), comes_by_proxy=by_proxy)

    def _hand_over(self, cycle: RequestResponseCycle, writer: AnswerWriter) -> None:
        if cycle.disconnected:
            writer.on_lost()
            return
        self.writer = writer
        # For its task only: one that leaves its answer unfinished ends the connection.
        cycle.disconnected = True
        if self.phase is ConnectionPhase.BUSY and self.cycle is cycle:
            self.scope = cycle.scope = NO_REQUEST
            self.headers = []
        writer.begin(LongAnswer(cycle, self.on_response_complete))

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.writer is not None:
            self.writer.on_writable()

    def _linger(self) -> None:
        """Say no more, and close only once the client has had the time to read what was said."""
        self.phase = ConnectionPhase.REFUSED
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self.lingers = self.gate.begin_lingering()
        if not self.lingers:
            self.transport.abort()
            return
        self.flow.resume_reading()
        self.transport.write_eof()
        self.deadline = self.loop.time() + LINGER_SECONDS

    # What arrives

    def data_received(self, data: bytes) -> None:
        place = 0
        while place < len(data):
            if self.phase is ConnectionPhase.REFUSED or self.is_last or self.transport.is_closing():
                self._discard(len(data) - place)
                return
            phase = self.phase
            if phase is ConnectionPhase.IDLE or phase is ConnectionPhase.BUSY:
                self._begin_head()
            size = BODY_SLICE if phase is ConnectionPhase.BODY else HEAD_SLICE
            part = data[place : place + size]
            place += len(part)
            self.wire_bytes += len(part)
            super().data_received(part)
            self._judge_slice()

    def _begin_head(self) -> None:
        self.phase = ConnectionPhase.HEAD
        self.wire_bytes = 0
        self.deadline = self.loop.time() + self.limits.header_seconds

    def _judge_slice(self) -> None:
        limits = self.limits
        if self.phase is ConnectionPhase.HEAD:
            # What the parser gathers and has not told of yet.
            if self.wire_bytes > limits.request_line_bytes + limits.header_bytes:
                self.refuse(HEADERS_TOO_LARGE)
        elif self.phase is ConnectionPhase.BODY:
            fault = fault_of_framing(self.wire_bytes, self.payload_bytes)
            if fault is not None:
                self.refuse(fault)

    def _discard(self, size: int) -> None:
        self.discarded_bytes += size
        if self.discarded_bytes > LINGER_BYTES:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not read."""
        del msg
        self.refuse(MALFORMED)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: a browser may offer HTTP/2, and is answered without."""

    # What the parser tells

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.phase in BETWEEN:  # Behind another request in the same slice.
            self._begin_head()
        self.line_bytes = self.header_bytes = self.header_fields = 0

    def on_url(self, url: bytes) -> None:
        if self.phase is ConnectionPhase.REFUSED:
            return
        if self.line_bytes == 0:
            self.line_bytes = len(self.parser.get_method()) + _LINE_ENDS
        self.line_bytes += len(url)
        if self.line_bytes > self.limits.request_line_bytes:
            self.refuse(LINE_TOO_LONG)
        else:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        # A trailer is nobody's: it comes when the request is under way.
        if self.phase is not ConnectionPhase.HEAD:
            return
        self.header_fields += 1
        self.header_bytes += len(name) + len(value) + _FIELD_ENDS
        limits = self.limits
        if self.header_fields > limits.header_fields or self.header_bytes > limits.header_bytes:
            self.refuse(HEADERS_TOO_LARGE)
            return
        # As uvicorn, without one more call for each header.
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.phase is not ConnectionPhase.HEAD:
            return
        refusal = self._fault_of_head()
        if refusal is not None:
            self.refuse(refusal)
            return
        self.phase = ConnectionPhase.BODY
        self.deadline = self.loop.time() + self.limits.body_seconds
        self.wire_bytes = self.payload_bytes = 0
        self.large_body = None
        self.take_request()

    def take_request(self) -> None:
        """Let the application answer: all that comes before the body is here."""
        if self.peer in self.gate.proxies:
            host, scheme = self.gate.proxies.client_of(self.peer, self.headers)
            self.scope["client"] = (host, 0)
            if scheme is not None:
                self.scope["scheme"] = scheme
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # The parser reads what follows as another protocol, which we do not speak.
            self.cycle.keep_alive = False
            self.is_last = True

    def _fault_of_head(self) -> Kind | None:
        if len(self.pipeline) >= MOST_PIPELINED:
            return TOO_MANY_PIPELINED
        return fault_of_headers(self.headers, self._get_upgrade)

    def on_body(self, body: bytes) -> None:
        if self.phase is not ConnectionPhase.BODY:
            return
        self.payload_bytes += len(body)
        if self.cycle.response_complete:
            return
        if self.large_body is not None:
            # Whoever sends is not gone, though many read nothing before all is sent.
            self.unread_since = self.loop.time()
            self.deadline = self.large_body.deadline_after(
                len(body), self.unread_since, self.limits
            )
        host = self.scope["client"][0] if self.scope["client"] else ""
        refusal = self.gate.take_body(self, host, len(body))
        if refusal is not None:
            self.refuse(refusal)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.phase is not ConnectionPhase.BODY:
            return
        super().on_message_complete()
        self.phase = ConnectionPhase.IDLE if self.cycle.response_complete else ConnectionPhase.BUSY
        self.deadline = float("inf")

    def on_response_complete(self) -> None:
        self.writer = None
        answered = not self.pipeline and self.cycle.response_complete
        super().on_response_complete()
        if not answered:
            return
        self.gate.release_body(self)
        if self.phase is ConnectionPhase.BUSY:
            self.phase = ConnectionPhase.IDLE
        elif self.phase is ConnectionPhase.BODY and not self.transport.is_closing():
            # Answered before it was all there: nobody reads the rest.
            self._linger()

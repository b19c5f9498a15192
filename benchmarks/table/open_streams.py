"""What thousands of open streams hold, and how soon all of them have a new profile."""

import asyncio
import os
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast
from uuid import uuid4

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.api_hot_routes import ask, serve_apart, serve_api, view_batch
from benchmarks.http_servers import processor_seconds
from benchmarks.table.figure_row import FigureRow
from benchmarks.table.route_cost import ACCEPTED, OK, get
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import LiveStores
from personalization.wiring import CoreSettings, open_live
from stack.interpreter import prepare_interpreter
from stack.server import memory_mib

STREAMS = 4_000
MEMORY_GOAL, FANOUT_GOAL = 1.3, 0.3
OPENED_AT_ONCE = 50
STORED_AT_ONCE = 500
FRAMES_SECONDS = 30.0
LOOK_SECONDS = 0.002
_FRAME = b"id: "
NEW_VERSION = 10**9
"""Above that of any profile made of events."""
FANOUTS = 3
ALLOWED = "20000"
LIMITS = {
    "FITTING_ROOM_HTTP_CONNECTIONS": ALLOWED,
    "FITTING_ROOM_HTTP_CONNECTIONS_PER_ADDRESS": ALLOWED,
    "FITTING_ROOM_HTTP_STREAMS": ALLOWED,
    "FITTING_ROOM_HTTP_STREAMS_PER_ADDRESS": ALLOWED,
}
BARE_FRAME = b"id: 1\ndata: " + b"x" * 8_000 + b"\n\n"


@dataclass(frozen=True, slots=True)
class StreamFigures:
    grown_mib: float
    whole_mib: float
    fanout_seconds: float
    processor_seconds: float
    """Of the server, for one fan-out."""


class StreamReader(asyncio.Protocol):
    """One connection that keeps nothing of what it reads but how many frames began."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._tail = b""
        self.frames = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        # A frame's first bytes may lie across two reads.
        self.frames += (self._tail + data).count(_FRAME)
        self._tail = data[1 - len(_FRAME) :]


def stream_cost(home: Path, streams: int = STREAMS) -> list[FigureRow]:
    """Weigh what opening them added, and time from the announcement to the last frame read."""
    os.environ.update(LIMITS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serve_apart(_serve_twin) as (port, pid):
        twin = uvloop.run(_twin_run(port, pid, streams))
    settings = CoreSettings.of_home(home)
    with serve_apart(_serve_ours, str(home)) as (port, pid), open_live(settings) as live:
        ours = uvloop.run(_our_run(port, pid, streams, live))
    note = (
        f"{streams:,} streams: {ours.grown_mib:.0f} MB beside the twin's {twin.grown_mib:.0f}; "
        f"whole processes {ours.whole_mib:.0f} and {twin.whole_mib:.0f} MB"
    )
    ratio = ours.grown_mib / twin.grown_mib
    spent = (
        f"{ours.processor_seconds / streams * 1e6:.0f} us a profile, reading it from Redis too; "
        f"the twin's {twin.processor_seconds / streams * 1e6:.0f}"
    )
    return [
        FigureRow("memory of open streams to a bare twin's", ratio, goal=MEMORY_GOAL, note=note),
        FigureRow("fan-out to all of them", ours.fanout_seconds, " s", FANOUT_GOAL),
        FigureRow("the same of the twin, one body for all", twin.fanout_seconds, " s"),
        FigureRow("processor time of the server for it", ours.processor_seconds, " s", note=spent),
    ]


async def _twin_run(port: int, pid: int, streams: int) -> StreamFigures:
    requests = [_request("/stream", "")] * streams
    before = memory_mib(pid)
    readers = await _open_streams(port, requests)
    after = memory_mib(pid)
    asking, answer = await asyncio.open_connection("127.0.0.1", port)
    seconds, spent = list[float](), processor_seconds(pid)
    for _ in range(FANOUTS):
        began = time.monotonic()
        answer.write(_request("/fanout", ""))
        seconds.append(await _all_have_more(readers) - began)
    spent = (processor_seconds(pid) - spent) / FANOUTS
    await asking.readuntil(b"\r\n\r\n")
    answer.close()
    return StreamFigures(after - before, after, statistics.median(seconds), spent)


async def _our_run(port: int, pid: int, streams: int, live: LiveStores) -> StreamFigures:
    names = [str(uuid4()) for _ in range(streams)]
    _, body = await _visit(port, str(uuid4()))

    def store(version: int) -> None:
        for first in range(0, streams, STORED_AT_ONCE):
            some = names[first : first + STORED_AT_ONCE]
            live.profiles.write_many(
                {SessionId(name): StoredProfile(version, body) for name in some}
            )

    await asyncio.to_thread(store, 1)
    limit = asyncio.Semaphore(OPENED_AT_ONCE)

    async def begin(name: str) -> bytes:
        async with limit:
            token, _ = await _visit(port, name)
        return _request(f"/v1/profiles/{name}/stream", f"authorization: Bearer {token}\r\n")

    requests = await asyncio.gather(*(begin(name) for name in names))
    before = memory_mib(pid)
    readers = await _open_streams(port, requests)
    after, seconds, spent = memory_mib(pid), list[float](), processor_seconds(pid)
    for fanout in range(FANOUTS):
        version = NEW_VERSION + fanout
        await asyncio.to_thread(store, version)
        began = time.monotonic()
        changes = [ProfileChanged(SessionId(name), version) for name in names]
        await asyncio.to_thread(live.notifier.publish, changes)
        seconds.append(await _all_have_more(readers) - began)
    spent = (processor_seconds(pid) - spent) / FANOUTS
    return StreamFigures(after - before, after, statistics.median(seconds), spent)


async def _visit(port: int, session_id: str) -> tuple[str, bytes]:
    """Begin the session with an event; return its token and profile, which memory then has."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    status, headers, answer = await ask(reader, writer, view_batch(session_id, 1), "")
    if status != ACCEPTED:
        raise RuntimeError(f"{status}: {answer[:200]!r}")
    token = headers["x-session-token"]
    request = _request(f"/v1/profiles/{session_id}", f"authorization: Bearer {token}\r\n")
    status, _, body = await get(reader, writer, request)
    writer.close()
    if status != OK:
        raise RuntimeError(f"a profile was answered with {status}")
    return token, body


async def _open_streams(port: int, requests: Sequence[bytes]) -> list[StreamReader]:
    loop, readers = asyncio.get_running_loop(), list[StreamReader]()
    for first in range(0, len(requests), OPENED_AT_ONCE):
        some = [StreamReader(request) for request in requests[first : first + OPENED_AT_ONCE]]
        await asyncio.gather(
            *(loop.create_connection(partial(_same, reader), "127.0.0.1", port) for reader in some)
        )
        await _all_have(some, 1)
        readers += some
    return readers


def _same(reader: StreamReader) -> StreamReader:
    return reader


async def _all_have_more(readers: Sequence[StreamReader]) -> float:
    return await _all_have(readers, min(reader.frames for reader in readers) + 1)


async def _all_have(readers: Sequence[StreamReader], frames: int) -> float:
    """Wait until each reader has so many frames; return when that was."""
    until = time.monotonic() + FRAMES_SECONDS
    # Only a reader that lacked it is looked at again: looking must not cost what is measured.
    lacking = list(readers)
    while lacking := [reader for reader in lacking if reader.frames < frames]:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(lacking):,} of {len(readers):,} streams had no new profile")
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic()


def _request(path: str, header: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{header}\r\n".encode()


class TwinApp:
    """A bare server of streams: a frame at first, and one more to all whenever it is asked."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        head = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if scope["path"] == "/fanout":
            now, self._next = self._next, asyncio.Event()
            now.set()
            await send({"type": "http.response.body", "body": b""})
            return
        while True:
            await send({"type": "http.response.body", "body": BARE_FRAME, "more_body": True})
            await self._next.wait()


def _serve_ours(port: int, home: str) -> None:
    prepare_interpreter()
    serve_api(port, home)


def _serve_twin(port: int) -> None:
    uvicorn.run(
        TwinApp(), host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False
    )

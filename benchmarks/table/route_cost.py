"""What the two hot routes cost beside what could not be cheaper."""

import asyncio
import multiprocessing
import statistics
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import uvicorn
from starlette.types import Receive, Scope, Send

from benchmarks.api_hot_routes import (
    ask,
    measure_batches,
    serve_api,
    serve_bare_track,
    serve_overload,
    track_servers,
    view_batch,
    wait_for_port,
)
from benchmarks.http_servers import processor_seconds
from benchmarks.table.figure_row import MORE, FigureRow
from stack.server import free_port

EVENTS = 10
TRACK_GOAL = 0.5
PROFILE_GOAL = 0.8
CONNECTIONS = 16
REQUESTS = 4_000
ROUNDS = 3
OK, ACCEPTED, UNCHANGED, REFUSED = 200, 202, 304, 503
BODY_BYTES = 8_000
"""About a profile."""


def track_cost(home: Path) -> list[FigureRow]:
    del home  # The route needs a catalogue only, and fills one of its own.
    with track_servers() as ports:
        found = measure_batches(ports, EVENTS)
    rates = {name: figures.requests_per_second for name, figures in found.items()}
    return [
        FigureRow(
            f"POST track, {EVENTS} events, to the route without the log",
            rates["track"] / rates["no log"],
            goal=TRACK_GOAL,
            wanted=MORE,
            note=f"{rates['track']:.0f} requests/s",
        ),
        FigureRow("the same to a route that only reads the body", rates["track"] / rates["bare"]),
    ]


def profile_cost(home: Path, requests: int = REQUESTS) -> list[FigureRow]:
    """Compare the servers' own processor time, which neither client nor other work touches."""
    with _servers(partial(serve_api, home=str(home)), _serve_bare_profile) as (ours, bare):
        asyncio.run(_time_rounds(ours, bare, requests))
        full = asyncio.run(_time_rounds(ours, bare, requests))
        unchanged = asyncio.run(_time_rounds(ours, bare, requests, unchanged=True))
    return [
        FigureRow(
            "GET profile to bare ASGI, token checked",
            full[1] / full[0],
            goal=PROFILE_GOAL,
            wanted=MORE,
            note=f"{full[0]:.0f} us and {full[1]:.0f} us of the server's processor time",
        ),
        FigureRow(
            "the same where the ETag is the client's (304)",
            unchanged[1] / unchanged[0],
            note=f"{unchanged[0]:.0f} us and {unchanged[1]:.0f} us",
        ),
    ]


def refusal_cost(home: Path, requests: int = REQUESTS) -> list[FigureRow]:
    """Compare as `profile_cost`: most requests under overload are refused."""
    with _servers(partial(serve_overload, home=str(home)), serve_bare_track) as (ours, bare):
        asyncio.run(_time_posts(ours, bare, requests))
        refused, read = asyncio.run(_time_posts(ours, bare, requests))
    return [
        FigureRow(
            "refusing an event, to a route that only reads the body",
            read / refused,
            note=f"{refused:.0f} us and {read:.0f} us of the server's processor time",
        )
    ]


async def _bare_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as the real route does, without looking at anything but the ETag."""
    del receive
    unchanged = any(name == b"if-none-match" for name, _ in scope["headers"])
    body = b"" if unchanged else b"x" * BODY_BYTES
    headers = [
        (b"content-type", b"application/json"),
        (b"etag", b'"1"'),
        (b"content-length", str(len(body)).encode()),
    ]
    status = UNCHANGED if unchanged else OK
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _serve_bare_profile(port: int) -> None:
    uvicorn.run(
        _bare_app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False
    )


@contextmanager
def _servers(
    ours: Callable[[int], None], bare: Callable[[int], None]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Run both; give port and process id of each."""
    context = multiprocessing.get_context("spawn")
    ports = free_port(), free_port()
    servers = (
        context.Process(target=ours, args=(ports[0],)),
        context.Process(target=bare, args=(ports[1],)),
    )
    for server in servers:
        server.start()
    try:
        for port in ports:
            wait_for_port(port)
        yield (ports[0], servers[0].pid or 0), (ports[1], servers[1].pid or 0)
    finally:
        for server in servers:
            server.terminate()
            server.join()


async def _time_rounds(
    ours: tuple[int, int], bare: tuple[int, int], requests: int, *, unchanged: bool = False
) -> tuple[float, float]:
    """Return the server's processor time a request (us) of ours and of the bare one."""
    visits = [await _visit(ours[0]) for _ in range(CONNECTIONS)]

    async def read(port: int, number: int, times: int) -> None:
        await _read_often(port, visits[number], times, unchanged=unchanged)

    return await _time_servers((ours, bare), read, requests)


async def _time_posts(
    ours: tuple[int, int], bare: tuple[int, int], requests: int
) -> tuple[float, float]:
    """Return the same of an event that ours refuses and the bare one only reads."""

    async def post(port: int, number: int, times: int) -> None:
        del number
        body = view_batch(str(uuid4()), 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(times):
            status, _, _ = await ask(reader, writer, body, "")
            if status != (REFUSED if port == ours[0] else ACCEPTED):
                raise RuntimeError(f"answered {status}")
        writer.close()

    return await _time_servers((ours, bare), post, requests)


async def _time_servers(
    servers: tuple[tuple[int, int], tuple[int, int]],
    ask_often: Callable[[int, int, int], Coroutine[None, None, None]],
    requests: int,
) -> tuple[float, float]:
    """Return the processor time of a request (us) of each, asked in turns over connections."""
    spent: tuple[list[float], list[float]] = ([], [])
    each = requests // CONNECTIONS
    for _ in range(ROUNDS):
        for (port, pid), figures in zip(servers, spent, strict=True):
            before = processor_seconds(pid)
            await asyncio.gather(*(ask_often(port, number, each) for number in range(CONNECTIONS)))
            figures.append((processor_seconds(pid) - before) / (each * CONNECTIONS) * 1e6)
    # The clock of a process ticks a hundred times a second: a median of rounds would be coarse.
    return statistics.fmean(spent[0]), statistics.fmean(spent[1])


async def _visit(port: int) -> tuple[str, str]:
    """Begin a session with an event; return its id and token."""
    session_id = str(uuid4())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    _, headers, _ = await ask(reader, writer, view_batch(session_id, 1), "")
    writer.close()
    return session_id, headers["x-session-token"]


async def _read_often(port: int, visit: tuple[str, str], requests: int, *, unchanged: bool) -> None:
    session_id, token = visit
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"GET /v1/profiles/{session_id} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"authorization: Bearer {token}\r\n"
    ).encode()
    status, etag, _ = await get(reader, writer, head + b"\r\n")
    wanted = OK
    if unchanged:
        head, wanted = head + b"if-none-match: " + etag + b"\r\n", UNCHANGED
    for _ in range(requests):
        status, _, _ = await get(reader, writer, head + b"\r\n")
        if status != wanted:
            raise RuntimeError(f"answered {status}, not {wanted}")
    writer.close()


async def get(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes, bytes]:
    """Ask on a kept connection; return status, entity tag and body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status, length, etag, body = int(head[9:12]), 0, b"", b""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b": ")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"etag":
            etag = value
    if status != UNCHANGED:
        body = await reader.readexactly(length)
    return status, etag, body

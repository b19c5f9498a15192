"""Which server stands at the edge: what each takes of a hostile client, and what a request costs.

The same small application under uvicorn's two protocols and under ours, each in a process of its
own. First the time of a request over kept connections, rounds alternating, then what a client
gets rid of that sends headers without an end, leaves half a request lying, or sends 200 halves of
a body. Prints a table; the ratios are to uvicorn's protocol over httptools.
"""

import asyncio
import os
import socket
import statistics
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from api.edge.config import EdgeConfig
from api.edge.protocol import GuardedProtocol
from api.server import EdgeServer
from benchmarks.api_hot_routes import serve_apart
from personalization.settings.http_limits import HttpLimits
from personalization.settings.serving import ServingSettings

SERVERS = ("httptools", "h11", "guarded")
CONNECTIONS = 16
REQUESTS = 8_000
ROUNDS = 5
READY_SECONDS = 30.0
HALF_OPEN = 500
HEADER_SECONDS = 2.0
PATIENCE_SECONDS = 6.0
HEADER_BYTES = 64 * 2**20
HALF_BODIES = 200
HALF_BODY = 860_000
MIB = 2**20
_GET = b"GET / HTTP/1.1\r\nHost: benchmark\r\n"


@dataclass(frozen=True, slots=True)
class Hostility:
    header_mib: float
    left_open: int
    body_mib: float


def _serve(port: int, kind: str) -> None:
    async def read(request: Request) -> Response:
        try:
            return Response(str(len(await request.body())))
        except ClientDisconnect:
            return Response(status_code=400)

    app = Starlette(routes=[Route("/", read, methods=["GET", "POST"])])
    if kind == "guarded":
        limits = HttpLimits(header_seconds=HEADER_SECONDS, body_seconds=HEADER_SECONDS * 5)
        settings = ServingSettings(port=port, limits=limits)
        EdgeServer(
            EdgeConfig(app, settings, ("127.0.0.1", port), GuardedProtocol, lifespan="off")
        ).run()
    else:
        protocol = "h11" if kind == "h11" else "httptools"
        uvicorn.run(
            app, host="127.0.0.1", port=port, http=protocol, log_config=None, access_log=False
        )


async def _ask(port: int, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(_GET + b"\r\n")
        await reader.readuntil(b"\r\n\r\n0")
    writer.close()


async def _round(port: int, pid: int) -> float:
    """Return the server's processor time per request (us), which a busy machine does not show."""
    began = processor_seconds(pid)
    await asyncio.gather(*(_ask(port, REQUESTS // CONNECTIONS) for _ in range(CONNECTIONS)))
    return (processor_seconds(pid) - began) / REQUESTS * 1e6


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)


def _header_appetite(port: int) -> int:
    """Return how many bytes of one header the server takes before it refuses more."""
    sent = 0
    part = b"a" * 65_536
    with _connect(port) as client, suppress(OSError):
        client.sendall(_GET + b"X-A: ")
        while sent < HEADER_BYTES:
            sent += client.send(part)
    return sent


def _half_open_rest(port: int) -> int:
    """Return how many half requests are still open after more than the time they have."""
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(port)) for _ in range(HALF_OPEN)]
        for client in clients:
            client.sendall(_GET)
        deadline = time.monotonic() + 2 * HEADER_SECONDS
        left = clients
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = [client for client in left if _is_open(client)]
        return len(left)


def _is_open(client: socket.socket) -> bool:
    client.settimeout(0)
    try:
        return client.recv(65_536, socket.MSG_PEEK) != b"" and b" 408 " not in client.recv(65_536)
    except BlockingIOError:
        return True
    except OSError:
        return False


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / MIB


def _half_body_memory(port: int, pid: int) -> float:
    """Return the memory (MiB) that half bodies add."""
    before = _resident(pid)
    most = before
    head = b"POST / HTTP/1.1\r\nHost: benchmark\r\nContent-Length: 2000000\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(HALF_BODIES):
            client = stack.enter_context(_connect(port))
            with suppress(OSError):
                client.sendall(head + b"a" * HALF_BODY)
            most = max(most, _resident(pid))
    return most - before


def _hostility(kind: str) -> Hostility:
    with serve_apart(_serve, kind) as (port, pid):
        return Hostility(
            header_mib=_header_appetite(port) / MIB,
            left_open=_half_open_rest(port),
            body_mib=_half_body_memory(port, pid),
        )


def main() -> None:
    times: dict[str, list[float]] = {kind: [] for kind in SERVERS}
    with ExitStack() as stack:
        running = {kind: stack.enter_context(serve_apart(_serve, kind)) for kind in SERVERS}
        for _ in range(ROUNDS):
            for kind, (port, pid) in running.items():
                times[kind].append(asyncio.run(_round(port, pid)))
    base = statistics.median(times["httptools"])
    print("server     time a request        header taken  half-open left  half bodies hold")
    for kind in SERVERS:
        taken = statistics.median(times[kind])
        found = _hostility(kind)
        print(
            f"{kind:10} {taken:6.0f} us {taken / base:5.2f}x {found.header_mib:10.1f} MiB"
            f" {found.left_open:7} of {HALF_OPEN} {found.body_mib:13.0f} MiB"
        )


if __name__ == "__main__":
    main()

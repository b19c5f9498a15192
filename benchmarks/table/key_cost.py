"""What a key costs on the hot routes: the same request with it and without, in one run.

The server's own processor time, asked in turns over kept connections, so that neither the client
nor other work on the machine shows much.
"""

import asyncio
import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from api.keys.shown_key import KEY_HEADER
from benchmarks.api_hot_routes import serve_apart, serve_api, view_batch
from benchmarks.fuzz.keys import ORIGIN, PAGE, write_keys
from benchmarks.http_servers import processor_seconds
from benchmarks.table.figure_row import FigureRow
from benchmarks.table.route_cost import get
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept

CONNECTIONS = 8
ROUNDS = 5
NO_KEY = "no key"
PLENTY = "1000000"
REQUESTS = 1_600
PROFILE, TRACK = "GET profile", "POST track, 1 event"


class AskedServer:
    """Sends requests of one kind with some headers, over kept connections."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid

    async def microseconds(self, route: str, headers: str, requests: int) -> float:
        """Return the server's processor time of a request."""
        each = requests // CONNECTIONS
        before = processor_seconds(self._pid)
        await asyncio.gather(*(self._ask(route, headers, each) for _ in range(CONNECTIONS)))
        return (processor_seconds(self._pid) - before) / (each * CONNECTIONS) * 1e6

    async def begin(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: str
    ) -> str:
        """Return the token of a session whose profile is in memory from now on."""
        writer.write(_track(session, "host: 127.0.0.1\r\n"))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        token = head.partition(b"x-session-token: ")[2].partition(b"\r\n")[0].decode()
        headers = f"host: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        await get(reader, writer, _profile(session, headers))
        return token

    async def _ask(self, route: str, headers: str, times: int) -> None:
        session = str(uuid4())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        token = await self.begin(reader, writer, session)
        common = f"host: 127.0.0.1\r\nauthorization: Bearer {token}\r\n{headers}"
        for _ in range(times):
            request = _profile(session, common) if route == PROFILE else _track(session, common)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if head[9:12] not in (b"200", b"202"):
                body = await reader.readexactly(_length(head))
                raise RuntimeError((head + body).decode())
            await reader.readexactly(_length(head))
        writer.close()


def key_cost(home: Path, requests: int = REQUESTS) -> list[FigureRow]:
    # One address asks for all shoppers here.
    os.environ["FITTING_ROOM_KEY_LIMITS_PUBLISHABLE_ADDRESS_PER_SECOND"] = PLENTY
    headers = _headers(home)
    with serve_apart(serve_api, str(home)) as (port, pid):
        found = asyncio.run(_measure(AskedServer(port, pid), headers, requests))
    return [
        FigureRow(
            f"{route}: {name}, to no key",
            took / found[route, NO_KEY],
            note=f"{took:.0f} us and {found[route, NO_KEY]:.0f} us of the server's processor time",
        )
        for (route, name), took in found.items()
        if name != NO_KEY
    ]


def _headers(home: Path) -> Mapping[str, str]:
    with open_kept(CoreSettings(storage=StorageSettings(home=home))) as kept:
        text = write_keys(kept.plans)[PAGE].text
    key = f"{KEY_HEADER}: {text}\r\n"
    return {
        NO_KEY: "",
        "publishable key": key,
        "publishable key, another site's page": f"{key}origin: {ORIGIN}\r\n",
    }


async def _measure(
    server: AskedServer, headers: Mapping[str, str], requests: int
) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):
        for route in (PROFILE, TRACK):
            for name, lines in headers.items():
                took = await server.microseconds(route, lines, requests)
                # The first round warms.
                if number:
                    found.setdefault((route, name), []).append(took)
    return {asked: statistics.fmean(took) for asked, took in found.items()}


def _profile(session: str, headers: str) -> bytes:
    return f"GET /v1/profiles/{session} HTTP/1.1\r\n{headers}\r\n".encode()


def _track(session: str, headers: str) -> bytes:
    body = view_batch(session, 1)
    head = f"POST /v1/track HTTP/1.1\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _length(head: bytes) -> int:
    lines: Sequence[bytes] = head.lower().split(b"\r\n")
    found = [line for line in lines if line.startswith(b"content-length: ")]
    return int(found[0].partition(b": ")[2]) if found else 0

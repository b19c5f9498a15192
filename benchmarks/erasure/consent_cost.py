"""What consent costs on the hot routes: the same requests where somebody has spoken of it.

The server's own processor time, in turns over servers that run side by side.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.api_hot_routes import serve_apart, serve_api
from benchmarks.soak import make_shop
from benchmarks.table.figure_row import FigureRow
from benchmarks.table.key_cost import PROFILE, ROUNDS, TRACK, AskedServer
from benchmarks.table.route_cost import get

NOBODY = "nobody has spoken"
OTHERS = "others have, this visit has not"
VISIT = "this visit has"
ASKED = "this visit has, Redis asked for each request"
_SETTING = "FITTING_ROOM_CONSENT_LOOK_SECONDS"
_EACH_REQUEST = {_SETTING: "0.000001"}
_CHOICE = b'{"consent": ["measure", "personalize", "learn"]}'


class SpokenServer(AskedServer):
    """One whose visits say what they agree to as they begin, or one whose other visits did."""

    def __init__(self, port: int, pid: int, *, speaks: bool) -> None:
        super().__init__(port, pid)
        self._speaks = speaks

    async def begin(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: str
    ) -> str:
        token = await super().begin(reader, writer, session)
        if self._speaks:
            await self.choose(reader, writer, session, token)
        return token

    async def choose(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: str, token: str
    ) -> None:
        head = (
            f"POST /v1/sessions/{session}/consent HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(_CHOICE)}\r\n\r\n"
        )
        status, _, body = await get(reader, writer, head.encode() + _CHOICE)
        if status >= 300:  # noqa: PLR2004 - anything but an answer
            raise RuntimeError(f"{status}: {body!r}")


def consent_cost(requests: int) -> list[FigureRow]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        made = Path(folder) / "made"
        make_shop(made)
        servers = {
            name: opened.enter_context(_server(_copy(made, number), name))
            for number, name in enumerate((NOBODY, OTHERS, VISIT, ASKED))
        }
        asyncio.run(_let_somebody_speak(servers[OTHERS]))
        found = asyncio.run(_measure(servers, requests))
    return [
        FigureRow(
            f"{route}: {name}, to nobody",
            took / found[route, NOBODY],
            note=f"{took:.0f} us and {found[route, NOBODY]:.0f} us of the server's processor time",
        )
        for (route, name), took in found.items()
        if name != NOBODY
    ]


def _copy(made: Path, number: int) -> Path:
    home = made.with_name(str(number))
    shutil.copytree(made, home)
    return home


@contextmanager
def _server(home: Path, name: str) -> Iterator[SpokenServer]:
    before = os.environ.copy()
    os.environ.update(_EACH_REQUEST if name == ASKED else {})
    try:
        with serve_apart(serve_api, str(home)) as (port, pid):
            os.environ.pop(_SETTING, None)
            yield SpokenServer(port, pid, speaks=name in (VISIT, ASKED))
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _let_somebody_speak(server: SpokenServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    session = "0d4a3c80-5c44-4a3c-8a2b-0d54f5ce52a9"
    token = await server.begin(reader, writer, session)
    await server.choose(reader, writer, session, token)
    writer.close()


async def _measure(
    servers: Mapping[str, SpokenServer], requests: int
) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):
        for route in (PROFILE, TRACK):
            for name, server in servers.items():
                took = await server.microseconds(route, "", requests)
                # The first round warms.
                if number:
                    found.setdefault((route, name), []).append(took)
    return {asked: statistics.median(took) for asked, took in found.items()}

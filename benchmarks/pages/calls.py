"""What a ranked list and a page of five rows cost, against a bare route with the same answers.

    python -m benchmarks.pages.calls --home var/demo --processes 2

Both run in processes of their own, with the client beside them on the same processors: kept
connections, which the system deals out among the processes of the API anew in each round, and
rounds alternating, so that a slow moment of the machine hits both. The visits have events, so
every decision is written before its answer. The processor time is that of all processes that
serve: a busy machine shows less in it. Prints a table.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.wiring import build_services
from benchmarks.api_hot_routes import serve_apart
from benchmarks.held_out_queries import held_out_queries
from benchmarks.http_servers import processor_seconds
from benchmarks.process_memory import children_of
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.stores import LiveStores
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings, open_kept, open_live, open_ranking

CONNECTIONS: Final = 4
ROUNDS: Final = 5
REQUESTS: Final = 600
SESSIONS: Final = 200
RANKED: Final = 200
ROW: Final = 10
RANK, PAGE = "/v1/rank", "/v1/recommendations"
GOALS: Final = {RANK: (500, 10), PAGE: (200, 25)}
"""Requests a second, and milliseconds of nine in ten."""
_SECRET: Final = "benchmark"  # noqa: S105 - of a server of this run only
_ENVIRONMENT: Final = {
    "FITTING_ROOM_API_SECRET": _SECRET,
    "FITTING_ROOM_RECOMMENDATIONS_SESSION_KIB_PER_HOUR": str(10**9),
    "FITTING_ROOM_RECOMMENDATIONS_KEY_MIB_PER_HOUR": str(10**9),
}
WAITING_SECONDS: Final = 120.0
_LISTENING: Final = "0A"
"""In the table of the system's sockets."""


@dataclass(frozen=True, slots=True)
class AskingVisit:
    session_id: str
    token: str
    products: Sequence[str]
    """What it has looked at, newest first."""


def _settings(home: str) -> CoreSettings:
    return CoreSettings.of_home(Path(home))


@contextmanager
def _shop(home: str, processes: int) -> Iterator["ServedSide"]:
    """Run the API as its users do, in so many processes; without the roles."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "address")
        command = [sys.executable, "-m", "cli.main", "api", "--home", home, "--port", "0"]
        options = ["--processes", str(processes), "--ready-file", str(ready)]
        shop = subprocess.Popen(  # noqa: S603 - our own command line
            [*command, *options],
            env={**os.environ, **_ENVIRONMENT},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(shop, ready.exists)
            port = int(ready.read_text().rpartition(":")[2])
            _wait(shop, lambda: _listeners(port) == processes)
            yield ServedSide(port, [shop.pid, *_other_processes(shop.pid)])
        finally:
            shop.terminate()
            shop.wait(WAITING_SECONDS)


def _wait(shop: "subprocess.Popen[bytes]", is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAITING_SECONDS
    while not is_there():
        if shop.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the API did not start")
        time.sleep(0.05)


def _listeners(port: int) -> int:
    """Return how many sockets listen on a port of this machine."""
    end = f":{port:04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(fields[1].endswith(end) and fields[3] == _LISTENING for fields in sockets)


def _other_processes(pid: int) -> list[int]:
    """Return the processes of the API that another one has started."""
    name = b"cli.api_process"
    return [
        child for child in children_of(pid) if name in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def serve_bytes(port: int, folder: str) -> None:
    """Serve the answers that the shop gave, by path."""
    answers = {path: Path(folder, path[4:]).read_bytes() for path in GOALS}

    async def read(request: Request) -> Response:
        await request.body()
        return Response(answers[request.url.path], media_type="application/json")

    app = Starlette(routes=[Route(path, read, methods=["POST"]) for path in GOALS])
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


def _sessions(settings: CoreSettings) -> list[Session]:
    """Return held-out visits of the shop as they stood before their last view."""
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, SESSIONS)
    newest = {session.session_id: session for session, _ in queries}
    return [replace(session, session_id=_uuid_of(name)) for name, session in newest.items()]


def _uuid_of(name: str) -> SessionId:
    return SessionId(str(uuid5(NAMESPACE_OID, name)))


def _begin_visits(settings: CoreSettings, live: LiveStores) -> list[AskingVisit]:
    with open_kept(settings) as kept:
        services = build_services(settings, ServingSettings(secret=_SECRET), kept, live)
        sessions, now = _sessions(settings), services.clock.now()
        services.sessions.write_many(sessions)
        return [
            AskingVisit(
                session.session_id,
                services.tokens.issue(session.session_id, now).text,
                [entry.product_id for entry in session.recent if entry.product_id],
            )
            for session in sessions
        ]


def _bodies(path: str, visits: Sequence[AskingVisit], products: Sequence[str]) -> list[bytes]:
    """Return whole requests, one a visit."""
    return [_request(path, visit, _question(path, visit, products)) for visit in visits]


def _question(path: str, visit: AskingVisit, products: Sequence[str]) -> Mapping[str, Any]:
    if path == RANK:
        items = [{"product_id": name, "score": 200 - n} for n, name in enumerate(products)]
        return {"session_id": visit.session_id, "items": items}
    viewed = visit.products[0]
    rows = [
        {"placement": "home", "count": ROW},
        {"strategy": "similar", "product_id": viewed, "count": ROW},
        {"strategy": "complementary", "cart": list(visit.products[:3]), "count": ROW},
        {"strategy": "trending", "count": ROW},
        {"strategy": "popular", "count": ROW, "filter": {"field": "price", "at_most": 60}},
    ]
    return {"session_id": visit.session_id, "rows": rows}


def _request(path: str, visit: AskingVisit, question: Mapping[str, Any]) -> bytes:
    body = msgspec.json.encode(question)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nauthorization: Bearer {visit.token}\r\n\r\n"
    )
    return head.encode() + body


async def _sender(port: int, requests: Iterator[bytes], count: int) -> tuple[list[float], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took, answer = [], b""
    for _ in range(count):
        began = time.perf_counter()
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head[:60]!r}: {answer[:300]!r}")
    writer.close()
    await writer.wait_closed()
    return took, answer


@dataclass(slots=True)
class ServedSide:
    """Processes that serve the same, and what was measured of them."""

    port: int
    pids: Sequence[int]
    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)
    """Of a request, in each round."""

    async def run_round(
        self, bodies: Sequence[bytes], count: int, connections: int = CONNECTIONS
    ) -> None:
        requests, each = cycle(bodies), count // connections
        used, began = self._processor_seconds(), time.perf_counter()
        results = await asyncio.gather(
            *(_sender(self.port, requests, each) for _ in range(connections))
        )
        seconds = time.perf_counter() - began
        total = each * connections
        self.rates.append(total / seconds)
        self.took += [figure for took, _ in results for figure in took]
        self.processor_ms.append((self._processor_seconds() - used) / total * 1e3)

    def take(self) -> "ServedSide":
        """Return what was measured, and begin anew."""
        measured = replace(self)
        self.rates, self.took, self.processor_ms = [], [], []
        return measured

    def _processor_seconds(self) -> float:
        return sum(map(processor_seconds, self.pids))


@contextmanager
def _own_home(home: Path) -> Iterator[str]:
    """Give a copy of what a shop has, without what it logged."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, "home")
        copytree(home, own, ignore=ignore_patterns("airflow", "spark*", "event_log*", "redis*"))
        yield str(own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--processes", type=int, default=1, help="processes of the API")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="requests of a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    asked = parser.parse_args()
    with ExitStack() as running:
        home = running.enter_context(_own_home(asked.home))
        folder = running.enter_context(tempfile.TemporaryDirectory())
        settings = _settings(home)
        with open_kept(settings) as kept:
            stored = [product for some in kept.catalogue.all_products() for product in some]
        names = [product.product_id for product in stored[:RANKED]]
        # Whoever opens the embedded server first keeps it.
        visits = _begin_visits(settings, running.enter_context(open_live(settings)))
        bodies = {path: _bodies(path, visits, names) for path in GOALS}
        shop = running.enter_context(_shop(home, asked.processes))
        for path, requests in bodies.items():
            # All processes read what they keep in memory.
            asyncio.run(shop.run_round(requests, SESSIONS * asked.processes, 4 * CONNECTIONS))
            _, answer = asyncio.run(_sender(shop.port, cycle(requests), 1))
            Path(folder, path[4:]).write_bytes(answer)
        shop.take()
        port, pid = running.enter_context(serve_apart(serve_bytes, folder))
        bare = ServedSide(port, [pid])
        for path, requests in bodies.items():
            for _ in range(asked.rounds):
                for side in (bare, shop):
                    asyncio.run(side.run_round(requests, asked.requests, asked.connections))
            _report(path, {"bare": bare.take(), "shop": shop.take()})


def _report(path: str, sides: Mapping[str, ServedSide]) -> None:
    medians = {name: statistics.median(side.rates) for name, side in sides.items()}
    wanted_rate, wanted_ms = GOALS[path]
    for name, side in sides.items():
        deciles = [1_000 * figure for figure in statistics.quantiles(side.took, n=10)]
        print(
            f"{path:20} {name}: {medians[name]:7.0f} requests/s   "
            f"p50 {deciles[4]:6.1f} ms   p90 {deciles[8]:6.1f} ms   "
            f"processor {statistics.median(side.processor_ms):6.2f} ms"
        )
    print(
        f"{path:20} ratio {medians['shop'] / medians['bare']:.3f}   "
        f"(wanted: {wanted_rate} requests/s, p90 {wanted_ms} ms)"
    )


if __name__ == "__main__":
    main()

"""What a ranked list and a page of five rows cost, against a bare route with the same answers.

    python -m benchmarks.pages.calls --home var/demo --processes 2

Both run in processes of their own, with the client beside them on the same processors: kept
connections, dealt to the processes in turn, rounds alternating, so that a slow moment of the
machine hits both. The visits have events, so every decision is written before its answer. The
processor time is that of all processes that serve: a busy machine shows less in it. Prints a table.
"""

import argparse
import asyncio
import statistics
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

from api.app import create_app
from api.server import ApiServer
from api.sessions.session_tokens import SessionTokens
from api.wiring import build_services
from benchmarks.api_hot_routes import serve_apart
from benchmarks.held_out_queries import held_out_queries
from benchmarks.http_servers import processor_seconds
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.settings.recommendations import RecommendationSettings
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
_PLENTY: Final = RecommendationSettings(session_kib_per_hour=10**9, key_mib_per_hour=10**9)


@dataclass(frozen=True, slots=True)
class AskingVisit:
    session_id: str
    token: str
    products: Sequence[str]
    """What it has looked at, newest first."""


def _settings(home: str) -> CoreSettings:
    return CoreSettings.of_home(Path(home))


def _serving(port: int) -> ServingSettings:
    return ServingSettings(port=port, secret=_SECRET, recommendations=_PLENTY)


def serve_shop(port: int, home: str) -> None:
    settings = _settings(home)
    with open_kept(settings) as kept, open_live(settings) as live:
        services = build_services(settings, _serving(port), kept, live)
        services.sessions.write_many(_sessions(settings))
        ApiServer(create_app(services), services.settings).run()


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


def _visits(settings: CoreSettings) -> list[AskingVisit]:
    with open_kept(settings) as kept, open_live(settings) as live:
        services = build_services(settings, _serving(0), kept, live)
        now = services.clock.now()
        tokens: SessionTokens = services.tokens
        return [
            AskingVisit(
                session.session_id,
                tokens.issue(session.session_id, now).text,
                [entry.product_id for entry in session.recent if entry.product_id],
            )
            for session in _sessions(settings)
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

    ports: Sequence[int]
    pids: Sequence[int]
    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)
    """Of a request, in each round."""

    async def run_round(self, bodies: Sequence[bytes], count: int) -> None:
        requests, each = cycle(bodies), count // CONNECTIONS
        ports = [self.ports[n % len(self.ports)] for n in range(CONNECTIONS)]
        used, began = self._processor_seconds(), time.perf_counter()
        results = await asyncio.gather(*(_sender(port, requests, each) for port in ports))
        seconds = time.perf_counter() - began
        total = each * CONNECTIONS
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
    asked = parser.parse_args()
    with (
        _own_home(asked.home) as home,
        tempfile.TemporaryDirectory() as folder,
        ExitStack() as running,
    ):
        settings = _settings(home)
        with open_kept(settings) as kept:
            stored = [product for some in kept.catalogue.all_products() for product in some]
        names = [product.product_id for product in stored[:RANKED]]
        visits = _visits(settings)
        bodies = {path: _bodies(path, visits, names) for path in GOALS}
        shop = _side(running, serve_shop, home, asked.processes)
        for path, requests in bodies.items():
            for port in shop.ports:
                _, answer = asyncio.run(_sender(port, cycle(requests), SESSIONS))
            Path(folder, path[4:]).write_bytes(answer)
        bare = _side(running, serve_bytes, folder, 1)
        for path, requests in bodies.items():
            for _ in range(asked.rounds):
                for side in (bare, shop):
                    asyncio.run(side.run_round(requests, asked.requests))
            _report(path, {"bare": bare.take(), "shop": shop.take()})


def _side(
    running: ExitStack, serve: Callable[[int, str], None], argument: str, processes: int
) -> ServedSide:
    served = [running.enter_context(serve_apart(serve, argument)) for _ in range(processes)]
    return ServedSide([port for port, _ in served], [pid for _, pid in served])


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

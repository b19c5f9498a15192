"""What judging and logging a batch costs, against barer routes.

One only reads the body, the other is the same route with a log that keeps nothing. All run in
the same way in the same run: uvicorn in its own process, raw requests over kept connections,
alternating, so that a slow moment of the machine hits all. Prints a table.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.app import create_app
from api.server import ApiServer
from api.state import ApiServices
from api.wiring import build_services
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.ports.event_log import Message
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.admission import AdmissionSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from stack.server import answers, free_port

CONNECTIONS = 16
ROUNDS = 5
REQUESTS_PER_ROUND = {1: 1_600, 10: 320, 100: 320}
PRODUCTS = 217
READY_SECONDS = 60.0
ENDLESS = 10**7


@dataclass(frozen=True, slots=True)
class Figures:
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float


def serve_bare_track(port: int) -> None:
    async def read(request: Request) -> Response:
        await request.body()
        return Response(status_code=202)

    app = Starlette(routes=[Route("/v1/track", read, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


class NoLog:
    """Takes every message at once and keeps none."""

    def publish(self, topic: str, messages: Sequence[Message]) -> Future[None]:
        del topic, messages
        taken: Future[None] = Future()
        taken.set_result(None)
        return taken

    def close(self) -> None:
        """Nothing is open."""


def serve_api(port: int, home: str, *, keeps_log: bool = True) -> None:
    """Serve the API alone: what a scorer would do to the machine is no part of a route's cost."""
    settings = CoreSettings(storage=StorageSettings(home=Path(home)))
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        # No scorer makes profiles here, so every event waits for ever.
        admission = AdmissionSettings(fewest_waiting=ENDLESS, most_waiting=ENDLESS)
        serving = ServingSettings(port=port, admission=admission)
        services = filled_services(settings, serving, kept, live)
        if not keeps_log:
            services = replace(services, publisher=NoLog())
        ApiServer(create_app(services), serving).run()


def serve_overload(port: int, home: str) -> None:
    """Serve the API as under overload: no event is let in."""
    settings = CoreSettings(storage=StorageSettings(home=Path(home)))
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        serving = ServingSettings(port=port)
        app = create_app(filled_services(settings, serving, kept, live))
        app.state.api.admission.writing = serving.admission.most_writing
        ApiServer(app, serving).run()


def filled_services(
    settings: CoreSettings, serving: ServingSettings, kept: KeptStores, live: LiveStores
) -> ApiServices:
    """Return the services of a shop with some shirts."""
    services = build_services(settings, serving, kept, live)
    services.catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
    shirt = partial(Product, category_id=CategoryId("shirts"))
    services.catalogue.write_products(
        [shirt(product_id=ProductId(f"shirt-{n}"), title=f"Shirt {n}") for n in range(PRODUCTS)]
    )
    return services


def view_batch(session_id: str, size: int) -> bytes:
    events = [
        {
            "type": "product_view",
            "event_id": str(uuid4()),
            "session_id": session_id,
            "occurred_at": int(time.time() * 1000),
            "product_id": f"shirt-{number % PRODUCTS}",
            "region": "pl",
            "device": "mobile",
        }
        for number in range(size)
    ]
    return msgspec.json.encode({"events": events})


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes, token: str
) -> tuple[int, dict[str, str], bytes]:
    head = (
        "POST /v1/track HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
    )
    if token:
        head += f"authorization: Bearer {token}\r\n"
    writer.write(head.encode() + b"\r\n" + body)
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    parts = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in parts}
    answer = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(status.split()[1]), headers, answer


async def _sender(port: int, size: int, requests: int) -> list[float]:
    session_id = str(uuid4())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    _, headers, _ = await ask(reader, writer, view_batch(session_id, 1), "")
    token = headers.get("x-session-token", "")
    bodies = [view_batch(session_id, size) for _ in range(requests)]
    took = []
    for body in bodies:
        began = time.perf_counter()
        status, _, answer = await ask(reader, writer, body, token)
        took.append(time.perf_counter() - began)
        if status != 202:  # noqa: PLR2004 - accepted
            raise RuntimeError(f"{status}: {answer[:200]!r}")
    writer.close()
    await writer.wait_closed()
    return took


async def _round(port: int, size: int) -> tuple[float, list[float]]:
    each = REQUESTS_PER_ROUND[size] // CONNECTIONS
    results = await asyncio.gather(*(_sender(port, size, each) for _ in range(CONNECTIONS)))
    took = [figure for result in results for figure in result]
    # Making bodies is the benchmark's own work: what counts is the time spent waiting.
    return max(sum(result) for result in results), took


def measure_batches(ports: dict[str, int], size: int) -> dict[str, Figures]:
    seconds: dict[str, list[float]] = {name: [] for name in ports}
    took: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(ROUNDS):
        for name, port in ports.items():
            spent, latencies = asyncio.run(_round(port, size))
            seconds[name].append(spent)
            took[name].extend(latencies)
    per_round = REQUESTS_PER_ROUND[size]
    return {
        name: Figures(
            requests_per_second=statistics.median(per_round / second for second in seconds[name]),
            p50_milliseconds=1000 * statistics.median(took[name]),
            p99_milliseconds=1000 * statistics.quantiles(took[name], n=100)[98],
        )
        for name in ports
    }


@contextmanager
def serve_apart(serve: Callable[..., None], *arguments: str) -> Iterator[tuple[int, int]]:
    """Run a server in a process of its own; give its port and process id."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port, *arguments))
    process.start()
    try:
        wait_for_port(port)
        yield port, process.pid or 0
    finally:
        process.terminate()
        process.join(10)
        if process.is_alive():
            process.kill()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if answers("127.0.0.1", port):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


@contextmanager
def track_servers() -> Iterator[dict[str, int]]:
    """Run a bare route, the real one, and the real one without a log; give their ports."""
    context = multiprocessing.get_context("spawn")
    ports = {"bare": free_port(), "track": free_port(), "no log": free_port()}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as other:
        servers = [
            context.Process(target=serve_bare_track, args=(ports["bare"],)),
            context.Process(target=serve_api, args=(ports["track"], home)),
            context.Process(
                target=serve_api, args=(ports["no log"], other), kwargs={"keeps_log": False}
            ),
        ]
        for server in servers:
            server.start()
        try:
            for port in ports.values():
                wait_for_port(port)
            yield ports
        finally:
            for server in servers:
                server.terminate()
                server.join()


def main() -> None:
    with track_servers() as ports:
        for size in REQUESTS_PER_ROUND:
            _print(size, measure_batches(ports, size))


def _print(size: int, figures: dict[str, Figures]) -> None:
    for name, measured in figures.items():
        print(
            f"batch of {size:>3}  {name:<6} {measured.requests_per_second:>8.0f} requests/s"
            f"  p50 {measured.p50_milliseconds:6.2f} ms  p99 {measured.p99_milliseconds:6.2f} ms"
        )
    ratio = figures["track"].requests_per_second / figures["bare"].requests_per_second
    without = figures["track"].requests_per_second / figures["no log"].requests_per_second
    events = figures["track"].requests_per_second * size
    print(
        f"batch of {size:>3}  ratio  {ratio:8.2f}   to the route without the log {without:.2f}, "
        f"{events:.0f} events/s judged and logged"
    )


if __name__ == "__main__":
    main()

"""What overload does to those who are let in, and whether everybody is told.

    python -m benchmarks.overload --seconds 20

Makes a generated shop in a temporary home, starts the real `serve`, finds how many profiles a
second it makes, then offers half of that and three times that, one event a request, due by the
clock. The latency runs from the moment an event is due to the moment its profile is announced on
the session's stream. Beside it pages are asked for: every one has to be answered.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
import uvloop

from benchmarks.soak import ServedShop, make_shop, serve_shop

SESSIONS = 600
"""More than may be on their way at once: an event waits for nobody but the shop."""
SETTINGS = {
    "FITTING_ROOM_HTTP_STREAMS_PER_ADDRESS": "1000",
    "FITTING_ROOM_HTTP_CONNECTIONS_PER_ADDRESS": "4000",
}
CALIBRATION_SECONDS = 8.0
AT_ONCE = 16
"""Events on their way while the capacity is looked for: enough to keep the scorer busy."""
REFUSED_SECONDS = 0.02
PAGE_SECONDS = 0.05
LOST_SECONDS = 20.0
"""An event whose profile has not come by then is given up."""
GOAL = 2.0
ACCEPTED, OVERLOADED = 202, 503


@dataclass(slots=True)
class CrowdVisit:
    session_id: str = field(default_factory=lambda: str(uuid4()))
    token: str = ""
    version: int = -1
    due: float | None = None
    """When the event was due whose profile is waited for."""
    sent_version: int = -1
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the profile that was waited for: looking for it every 2 ms took half of the client's
    processor time, which the shop shares."""


@dataclass(slots=True)
class LoadFigures:
    offered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    page_latencies: list[float] = field(default_factory=list)
    pages_failed: int = 0
    without_visit: int = 0
    """Events that no visit was free to send: part of what was offered."""
    missing: int = 0

    def quantile(self, share: float) -> float:
        return _quantile(self.latencies, share)


class Crowd:
    """Visits with open streams, each with at most one event on its way."""

    def __init__(
        self, shop: ServedShop, client: aiohttp.ClientSession, chance: random.Random
    ) -> None:
        self._shop = shop
        self._client = client
        self._chance = chance
        self.free: deque[CrowdVisit] = deque()
        self.figures = LoadFigures()
        self.profiles = 0
        self._streams: list[asyncio.Task[None]] = []

    async def gather(self, visits: int) -> None:
        for _ in range(visits):
            visit = CrowdVisit()
            while not visit.token:
                await self._post(visit)
                if not visit.token:
                    await asyncio.sleep(0.2)
            self._streams.append(asyncio.create_task(self._listen(visit)))
            self.free.append(visit)
        while any(visit.version < 0 for visit in self.free):  # noqa: ASYNC110 - frames of all
            await asyncio.sleep(0.1)

    async def offer(self, rate: float, seconds: float) -> LoadFigures:
        """Offer events at a rate, and pages beside them; return what came of both."""
        self.figures = LoadFigures()
        pages = asyncio.create_task(self._ask_pages(seconds))
        began, sending = time.monotonic(), set[asyncio.Task[int]]()
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.figures.offered += 1
            if not self.free:
                self.figures.without_visit += 1
                continue
            task = asyncio.create_task(self._send(self.free.popleft(), due))
            sending.add(task)
            task.add_done_callback(sending.discard)
        await asyncio.gather(*sending, pages)
        return self.figures

    async def profiles_per_second(self, seconds: float) -> float:
        """Keep a few events on their way all the time."""
        self.figures = LoadFigures()
        before, began = self.profiles, time.monotonic()

        async def insist() -> None:
            while time.monotonic() < began + seconds:
                if await self._send(self.free.popleft(), time.monotonic()) == OVERLOADED:
                    # Refusals made as fast as they can be asked for would be part of the capacity.
                    await asyncio.sleep(REFUSED_SECONDS)

        await asyncio.gather(*(insist() for _ in range(AT_ONCE)))
        return (self.profiles - before) / (time.monotonic() - began)

    def close(self) -> None:
        for stream in self._streams:
            stream.cancel()

    async def _send(self, visit: CrowdVisit, due: float) -> int:
        visit.due, visit.sent_version = due, visit.version
        visit.came.clear()
        status = await self._post(visit)
        self.figures.statuses[status] += 1
        if status == ACCEPTED:
            try:
                async with asyncio.timeout(LOST_SECONDS):
                    await visit.came.wait()
            except TimeoutError:
                self.figures.missing += 1
        visit.due = None
        self.free.append(visit)
        return status

    async def _post(self, visit: CrowdVisit) -> int:
        event = {
            "event_id": str(uuid4()),
            "session_id": visit.session_id,
            "type": "product_view",
            "occurred_at": datetime.now(UTC).isoformat(),
            "product_id": self._chance.choice(self._shop.products),
        }
        headers = {"authorization": f"Bearer {visit.token}"} if visit.token else {}
        async with self._client.post("/v1/track", json=event, headers=headers) as answer:
            await answer.read()
            visit.token = answer.headers.get("x-session-token", visit.token)
            return answer.status

    async def _listen(self, visit: CrowdVisit) -> None:
        headers = {"authorization": f"Bearer {visit.token}"}
        path = f"/v1/profiles/{visit.session_id}/stream"
        while True:
            async with self._client.get(path, headers=headers) as answer:
                async for line in answer.content:
                    if line.startswith(b"id: "):
                        self._note(visit, int(line[4:]))

    def _note(self, visit: CrowdVisit, version: int) -> None:
        self.profiles += 1
        visit.version = max(visit.version, version)
        if visit.due is not None and version > visit.sent_version:
            self.figures.latencies.append(time.monotonic() - visit.due)
            visit.due = None
            visit.came.set()

    async def _ask_pages(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for path in ("/", f"/v1/profiles/{uuid4()}", "/v1/categories"):
                began = time.monotonic()
                async with self._client.get(path) as answer:
                    await answer.read()
                    self.figures.pages_failed += answer.status != 200  # noqa: PLR2004 - answered
                self.figures.page_latencies.append(time.monotonic() - began)
            await asyncio.sleep(PAGE_SECONDS)


async def measure(shop: ServedShop, seconds: float) -> bool:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        shop.address, timeout=timeout, connector=connector, read_bufsize=2**18
    ) as client:
        crowd = Crowd(shop, client, random.Random(7))
        await crowd.gather(SESSIONS)
        capacity = await crowd.profiles_per_second(CALIBRATION_SECONDS)
        print(f"capacity {capacity:.0f} profiles/s, load {os.getloadavg()[0]:.1f}")
        half = await crowd.offer(capacity / 2, seconds)
        _print("half", half, seconds)
        triple = await crowd.offer(3 * capacity, seconds)
        _print("triple", triple, seconds)
        waiting, shed = await shop_metrics(client)
        crowd.close()
    ratio = triple.quantile(0.99) / half.quantile(0.99)
    told = triple.statuses[OVERLOADED]
    untold = triple.offered - triple.without_visit - triple.statuses[ACCEPTED] - told
    print(f"p99 of what was let in, triple to half: {ratio:.2f} (goal: at most {GOAL:g})")
    print(
        f"neither taken nor told: {untold}; waiting now {waiting:.0f}; shed, as counted {shed:.0f}"
    )
    return untold == 0 and triple.pages_failed == half.pages_failed == 0 and ratio <= GOAL


async def shop_metrics(client: aiohttp.ClientSession) -> tuple[float, float]:
    async with client.get("/metrics") as answer:
        text = await answer.text()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    waiting = sum(float(value) for name, _, value in lines if name == "fitting_room_events_waiting")
    shed = sum(
        float(value)
        for name, _, value in lines
        if name.startswith("fitting_room_events_shed_total")
    )
    return waiting, shed


def _quantile(latencies: list[float], share: float) -> float:
    return statistics.quantiles(latencies, n=100)[round(share * 100) - 1]


def _print(name: str, figures: LoadFigures, seconds: float) -> None:
    parts = {
        "offered/s": figures.offered / seconds,
        "answers": json.dumps(dict(figures.statuses)),
        "not sent": figures.without_visit,
        "no profile": figures.missing,
        "p50 ms": 1000 * figures.quantile(0.5),
        "p99 ms": 1000 * figures.quantile(0.99),
        "pages": len(figures.page_latencies),
        "failed": figures.pages_failed,
        "page p99 ms": 1000 * _quantile(figures.page_latencies, 0.99),
    }
    print(
        f"{name:7}",
        "  ".join(f"{key} {value:.0f}" if isinstance(value, float) else f"{key} {value}"
                  for key, value in parts.items()),
        flush=True,
    )  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=20.0, help="Of each of the two loads.")
    asked = options.parse_args()
    os.environ.update(SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serve_shop(home, *make_shop(home)) as shop:
            passed = uvloop.run(measure(shop, asked.seconds))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

"""What a served shop holds and writes for each event, and how many events it carries."""

import asyncio
import os
import random
import time
from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
import redis
import uvloop

from benchmarks.overload import ACCEPTED, SETTINGS, Crowd, CrowdVisit, LoadFigures, shop_metrics
from benchmarks.process_memory import together_mib
from benchmarks.soak import ServedShop, serve_shop
from benchmarks.table.bench_home import shop_lists
from benchmarks.table.figure_row import MORE, FigureRow

EVENTS = 10_000
EVENTS_PER_SESSION = 10
CLIENTS = 16
FILL_SECONDS = 120.0
SETTLE_SECONDS = 20.0
KIB, MIB = 1024, 2**20
MEMORY_GOAL, REDIS_GOAL, APPENDED_GOAL, DISK_GOAL = 150, 3, 1, 2.5
CROWD = 300
RATES = (100, 200, 300, 400, 600, 800, 1_000)
RATE_SECONDS = 5.0
PACED_RATE = 500
RATE_GOAL, P50_GOAL, P99_GOAL, P99_LIMIT = 1_000, 8, 50, 0.1


def size_of_shop(home: Path, events: int = EVENTS) -> list[FigureRow]:
    """Send events, one a request, ten a session, and weigh what is left of them."""
    products, categories = shop_lists(home)
    files = _file_bytes(home)
    with (
        serve_shop(home, products, categories, {}) as shop,
        redis.Redis.from_url((home / "redis" / "url").read_text()) as server,
    ):
        # A rewrite would hide what was appended.
        server.config_set("auto-aof-rewrite-percentage", 0)
        before, at_start = server.info(), sum(shop.memory_of_each())
        sent = asyncio.run(_fill(shop, events))
        after, look, each = server.info(), shop.look(0.0), shop.memory_of_each()
        together = together_mib([*shop.pids(), int((home / "redis" / "redis.pid").read_text())])
    sessions = events // EVENTS_PER_SESSION
    in_redis = (after["used_memory"] - before["used_memory"]) / sessions / KIB
    appended = (after["aof_current_size"] - before["aof_current_size"]) / sent / KIB
    per_event = (_file_bytes(home) - files) / sent / KIB
    note = (
        f"{sent:,} events; API and roles {' and '.join(f'{memory:.0f}' for memory in each)} MB "
        f"(both {at_start:.0f} before), Redis {look.redis:.0f} MB"
    )
    return [
        FigureRow("disk for each event, without Redis", per_event, " KB", DISK_GOAL),
        FigureRow("memory of serve", look.memory + look.redis, " MB", MEMORY_GOAL, note=note),
        FigureRow("the same, shared pages counted once", together, " MB", MEMORY_GOAL),
        FigureRow("Redis for each live session", in_redis, " KB", REDIS_GOAL),
        FigureRow("appended by Redis for each event", appended, " KB", APPENDED_GOAL),
    ]


def rate_of_shop(home: Path, rate_seconds: float = RATE_SECONDS) -> list[FigureRow]:
    """Offer 500 events/s to a shop that has just started, then find what it carries."""
    os.environ.update(SETTINGS)
    products, categories = shop_lists(home)
    with serve_shop(home, products, categories, {}) as shop:
        paced, carried = uvloop.run(_rates(shop, rate_seconds))
    note = (
        f"{paced.statuses[ACCEPTED]:,} of {paced.offered:,} let in; quantiles are theirs, "
        "from the first second on"
    )
    what = f"at {PACED_RATE} events/s, event to pushed profile"
    return [
        FigureRow("most events/s with p99 below 100 ms", carried, "/s", RATE_GOAL, MORE),
        FigureRow(f"{what}, p50", 1e3 * paced.quantile(0.5), " ms", P50_GOAL, note=note),
        FigureRow(f"{what}, p99", 1e3 * paced.quantile(0.99), " ms", P99_GOAL),
        FigureRow("share of those events that was let in",
                  paced.statuses[ACCEPTED] / paced.offered, goal=1, wanted=MORE),
    ]  # fmt: skip


async def _rates(shop: ServedShop, seconds: float) -> tuple[LoadFigures, float]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        shop.address, connector=connector, read_bufsize=2**18
    ) as client:
        crowd = Crowd(shop, client, random.Random(7))
        await crowd.gather(CROWD)
        paced = await crowd.offer(PACED_RATE, seconds)
        carried = 0
        for rate in RATES:
            await settle(client)
            figures = await crowd.offer(rate, seconds)
            if not carries(figures):
                break
            carried = rate
        crowd.close()
    return paced, carried


def carries(figures: LoadFigures) -> bool:
    """Return whether all of it was let in and has its profile, 99 of 100 within the limit."""
    let_in = figures.statuses[ACCEPTED] - figures.missing
    return let_in == figures.offered and figures.quantile(0.99) <= P99_LIMIT


async def _fill(shop: ServedShop, events: int) -> int:
    """Send events until they or the time are used up; return how many were taken.

    The sessions take turns: two events of one session in a poll would be one decision.
    """
    waiting = deque(CrowdVisit() for _ in range(events // EVENTS_PER_SESSION))
    left = Counter({visit.session_id: EVENTS_PER_SESSION for visit in waiting})
    until = time.monotonic() + FILL_SECONDS

    async def send(client: aiohttp.ClientSession, chance: random.Random) -> None:
        while waiting and time.monotonic() < until:
            visit = waiting.popleft()
            await _send_event(client, visit, chance.choice(shop.products))
            left[visit.session_id] -= 1
            if left[visit.session_id]:
                waiting.append(visit)

    # Cookies of earlier sessions would speak for them.
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(shop.address, cookie_jar=jar) as client:
        await asyncio.gather(*(send(client, random.Random(seed)) for seed in range(CLIENTS)))
        await settle(client)
    return events // EVENTS_PER_SESSION * EVENTS_PER_SESSION - left.total()


async def _send_event(client: aiohttp.ClientSession, visit: CrowdVisit, product: str) -> None:
    event = {
        "event_id": str(uuid4()),
        "session_id": visit.session_id,
        "type": "product_view",
        "occurred_at": datetime.now(UTC).isoformat(),
        "product_id": product,
    }
    status = 0
    while status != ACCEPTED:
        headers = {"authorization": f"Bearer {visit.token}"} if visit.token else {}
        async with client.post("/v1/track", json=event, headers=headers) as answer:
            await answer.read()
            status = answer.status
            visit.token = answer.headers.get("x-session-token", visit.token)
        if status != ACCEPTED:
            await asyncio.sleep(0.05)


async def settle(client: aiohttp.ClientSession) -> None:
    """Wait until no event waits for its profile, and the roles behind have had a moment."""
    until = time.monotonic() + SETTLE_SECONDS
    waiting, _ = await shop_metrics(client)
    while waiting and time.monotonic() < until:
        await asyncio.sleep(0.1)
        waiting, _ = await shop_metrics(client)
    await asyncio.sleep(1.0)


def _file_bytes(home: Path) -> int:
    """Return the size of all files but those of Redis and what the processes say."""
    files = (path for path in home.rglob("*") if path.is_file())
    left_out = {"redis"}
    return sum(
        path.stat().st_size
        for path in files
        if path.suffix != ".log" and not left_out & set(path.relative_to(home).parts)
    )

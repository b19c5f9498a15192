"""How many events the real stack carries on this machine, and what each costs its scorer."""

import asyncio
import os
import random
import time
from itertools import islice
from pathlib import Path

import aiohttp

from benchmarks.http_servers import processor_seconds
from benchmarks.memory import SESSIONS_AT_ONCE, event_batches
from benchmarks.overload import SETTINGS, Crowd
from benchmarks.table.figure_row import MORE, FigureRow
from benchmarks.table.real_shop import RealShop, real_shop
from benchmarks.table.served_cost import CROWD, carries, settle
from personalization.domain.identifiers import ProductId
from personalization.ports.event_log import Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.wiring import open_kept, open_log

RATES = (50, 100, 200, 300, 400, 500, 600, 800)
RATE_SECONDS = 8.0
RATE_GOAL, DECIDED_GOAL = 500, 3_000
WARM_SECONDS = 10.0
WARM_RATE = 50
WAITING_BATCHES = 100
DRAIN_SECONDS = 40.0
LOOK_SECONDS = 0.5


def stack_cost(home: Path, rate_seconds: float = RATE_SECONDS) -> list[FigureRow]:
    """Offer events over HTTP at growing rates, then let the scorer read what waits in the log."""
    os.environ.update(SETTINGS)
    with real_shop(home) as shop:
        carried, spent = asyncio.run(_rates(shop, rate_seconds))
        batched = _decided_from_log(shop, WAITING_BATCHES)
    each = ", ".join(f"{offered}: {1 / cost:,.0f}" for offered, cost in spent.items())
    note = f"drivers' threads included; by events/s offered: {each}"
    rate = "real stack: most events/s with p99 below 100 ms"
    what = "real stack: decided events per processor second of the scorer"
    return [
        FigureRow(rate, carried, "/s", RATE_GOAL, MORE),
        FigureRow(what, 1 / min(spent.values()), goal=DECIDED_GOAL, wanted=MORE, note=note),
        FigureRow(f"the same, {SESSIONS_AT_ONCE} sessions in a poll", batched, wanted=MORE),
    ]


async def _rates(shop: RealShop, seconds: float) -> tuple[int, dict[int, float]]:
    """Return the rate that was carried, and the scorer's seconds an event by rate."""
    connector, spent, carried = aiohttp.TCPConnector(limit=0), dict[int, float](), 0
    async with aiohttp.ClientSession(
        shop.served.address, connector=connector, read_bufsize=2**18
    ) as client:
        crowd = Crowd(shop.served, client, random.Random(7))
        await crowd.gather(CROWD)
        # Java compiles what it runs often.
        await crowd.offer(WARM_RATE, WARM_SECONDS)
        for rate in RATES:
            await settle(client)
            before, decided = processor_seconds(shop.pids["scorer"]), shop.count_decisions()
            figures = await crowd.offer(rate, seconds)
            used = processor_seconds(shop.pids["scorer"]) - before
            spent[rate] = used / (shop.count_decisions() - decided)
            if not carries(figures):
                break
            carried = rate
        crowd.close()
    return carried, spent


def _decided_from_log(shop: RealShop, batches: int) -> float:
    """Return how many events that wait in the log the scorer decides in a processor second."""
    products = [ProductId(product) for product in shop.served.products]
    records = [record for batch in islice(event_batches(products), batches) for record in batch]
    messages = [Message(record.key, record.value) for record in records]
    decided, before = shop.count_decisions(), processor_seconds(shop.pids["scorer"])
    with open_kept(shop.settings) as kept, open_log(shop.settings, kept) as log:
        log.publish(USER_INTERACTIONS, messages).result()
    until = time.monotonic() + DRAIN_SECONDS
    while shop.count_decisions() - decided < len(messages) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    used = processor_seconds(shop.pids["scorer"]) - before
    return (shop.count_decisions() - decided) / used

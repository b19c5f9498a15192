"""Whether a shop stays as it is: descriptors, threads and memory over twenty minutes of traffic.

    python -m benchmarks.soak --minutes 20

Makes a generated shop in a temporary home, starts the real `serve`, finds its capacity for some
seconds, then offers half of it and looks at the processes now and then. A figure is flat if its
mean over the last third is not above that of the middle third by more than a small tolerance. Of
threads it is the most that there were: the mean says how busy their pool was, whose idle ones end.

Whatever may grow is bounded so tightly that its bound is reached within the first third.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec

from benchmarks.process_memory import children_of
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    Generation,
    PriorTable,
    RankedList,
    RankedMember,
)
from personalization.wiring import CoreSettings, open_kept
from stack.server import memory_mib
from traffic.pace import Pace

SETTINGS = {
    "FITTING_ROOM_REDIS_MEMORY_MIB": "32",
    "FITTING_ROOM_API_CACHED_PROFILES_MIB": "8",
    "FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS": "30",
    "FITTING_ROOM_LEARNING_SNAPSHOT_SECONDS": "5",
}
"""Of the served shop."""
READY_SECONDS = 90.0
STOP_SECONDS = 60.0
CLIENTS = 16
CAPACITY_SECONDS = 10.0
VIEWS = 5
LISTED = 50
TOLERANCES = {
    "descriptors": (0.0, 4.0),
    "threads": (0.0, 2.0),
    "memory": (0.03, 2.0),
    "redis": (0.03, 2.0),
}
"""How far the last third may be above the middle one: a share of it, and an amount."""


@dataclass(frozen=True, slots=True)
class Look:
    seconds: float
    answered: int
    descriptors: int
    threads: int
    memory: float
    """MiB, of the service; `redis` of its server."""
    redis: float


@dataclass(frozen=True, slots=True)
class Trend:
    name: str
    thirds: tuple[float, float, float]
    per_hour: float

    @property
    def flat(self) -> bool:
        share, amount = TOLERANCES[self.name]
        return self.thirds[2] <= self.thirds[1] * (1 + share) + amount


@dataclass(slots=True)
class ServedShop:
    home: Path
    address: str
    pid: int
    products: Sequence[str]
    categories: Sequence[str]
    statuses: Counter[int] = field(default_factory=Counter)

    def look(self, began: float) -> Look:
        processes = [Path(f"/proc/{pid}") for pid in self.pids()]
        redis = (self.home / "redis" / "redis.pid").read_text()
        return Look(
            seconds=time.monotonic() - began,
            answered=self.statuses.total(),
            descriptors=sum(len(list((process / "fd").iterdir())) for process in processes),
            threads=sum(len(list((process / "task").iterdir())) for process in processes),
            memory=sum(self.memory_of_each()),
            redis=memory_mib(int(redis)),
        )

    def memory_of_each(self) -> list[float]:
        """Return the resident MiB of the API, and of the roles while they run."""
        return [memory_mib(pid) for pid in self.pids()]

    def pids(self) -> list[int]:
        """Return the API's process and that of the roles, while it runs."""
        return [self.pid, *filter(_runs_roles, children_of(self.pid))]


def _runs_roles(pid: int) -> bool:
    process = Path(f"/proc/{pid}")
    # Forked first, and a command of its own when it was begun again.
    forked = (process / "comm").read_text().strip() == "roles"
    return forked or b"--beside" in (process / "cmdline").read_bytes().split(b"\0")


def make_shop(home: Path) -> tuple[list[str], list[str]]:
    """Import a generated shop and promote simple priors; return its products and categories."""
    command = [sys.executable, "-m", "cli.main", "import", "--format", "generated"]
    subprocess.run(  # noqa: S603 - our own command line
        [*command, "--home", str(home)], check=True, stdout=subprocess.DEVNULL
    )
    with open_kept(CoreSettings.of_home(home)) as kept:
        products = [product for page in kept.catalogue.all_products() for product in page]
        categories = [str(category.category_id) for category in kept.catalogue.all_categories()]
        ids = [str(product.product_id) for product in products]
        generation = GenerationId("soak")
        lists = [((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), _ranked_list(ids))]
        lists.append(((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), _ranked_list(categories)))
        for category in categories:
            of_category = [p.product_id for p in products if p.category_id == category]
            lists.append(((PriorTable.CATEGORY_LEADERS, category), _ranked_list(of_category)))
        kept.priors.write_many(generation, lists)
        kept.priors.register(_generation(generation))
        kept.priors.promote(generation)
    return ids, categories


@contextmanager
def serve_shop(
    home: Path,
    products: Sequence[str],
    categories: Sequence[str],
    settings: Mapping[str, str] = SETTINGS,
    beside: Path | None = None,
) -> Iterator[ServedShop]:
    """Serve a home; the log and the address are in a folder `beside` it, or in it."""
    folder = beside or home
    ready = folder / "address"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--home", str(home)]
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [*command, "--ready-file", str(ready)],
            stdout=log, stderr=log, env={**os.environ, **settings},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "serve.log").read_text()[-2_000:])
            time.sleep(0.05)
        yield ServedShop(home, ready.read_text(), process.pid, products, categories)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


async def visit(shop: ServedShop, client: aiohttp.ClientSession, pace: Pace | None) -> None:
    """Go through the shop as a newcomer: a page, some products, and what is like them."""
    session_id, headers, number = str(uuid4()), dict[str, str](), shop.statuses.total()

    async def ask(method: str, path: str, body: object = None) -> bytes:
        if pace is not None:
            await pace.due()
        async with client.request(method, path, json=body, headers=headers) as answer:
            shop.statuses[answer.status] += 1
            token = answer.headers.get("x-session-token")
            if token:
                headers["authorization"] = f"Bearer {token}"
            return await answer.read()

    await ask("GET", "/")
    for step in range(VIEWS):
        profile = await ask("GET", f"/v1/profiles/{session_id}")
        await ask("POST", "/v1/track", _impression(session_id, msgspec.json.decode(profile)))
        product = shop.products[(number * VIEWS + step) % len(shop.products)]
        await ask("POST", "/v1/track", _view(session_id, product))
        await ask("GET", f"/v1/products/{product}")
        await ask("GET", f"/v1/products/{product}/similar")
    await ask("GET", "/v1/categories")
    category = shop.categories[number % len(shop.categories)]
    await ask("GET", f"/v1/categories/{category}/products")


async def traffic(shop: ServedShop, seconds: float, rate: float | None) -> None:
    """Send visits for so long: at a rate, or as fast as they are answered."""
    until = time.monotonic() + seconds
    pace = Pace(rate) if rate is not None else None

    async def visits() -> None:
        # Cookies of earlier visits would speak for them.
        while time.monotonic() < until:
            async with aiohttp.ClientSession(shop.address) as client:
                with suppress(aiohttp.ClientError, TimeoutError):
                    await visit(shop, client, pace)

    await asyncio.gather(*(visits() for _ in range(CLIENTS)))


async def soak(shop: ServedShop, seconds: float, rate: float, every: float) -> list[Look]:
    began = time.monotonic()
    looks = [shop.look(began)]
    running = asyncio.create_task(traffic(shop, seconds, rate))
    while not running.done():
        await asyncio.wait([running], timeout=every)
        looks.append(shop.look(began))
        print(_row(looks), flush=True)
    running.result()
    return looks


def trends(looks: Sequence[Look]) -> list[Trend]:
    third = len(looks) // 3
    parts = (looks[:third], looks[third : 2 * third], looks[2 * third :])
    hours = [look.seconds / 3600 for look in looks[third:]]
    found = []
    for name in TOLERANCES:
        of_third = max if name == "threads" else statistics.fmean
        means = [of_third(float(getattr(look, name)) for look in part) for part in parts]
        values = [float(getattr(look, name)) for look in looks[third:]]
        slope = statistics.linear_regression(hours, values).slope
        found.append(Trend(name, (means[0], means[1], means[2]), slope))
    return found


def _generation(generation_id: GenerationId) -> Generation:
    now = datetime.now(UTC)
    return Generation(
        generation_id=generation_id,
        run_date=now.date(),
        created_at=now,
        rows_by_table={},
        absent={},
        parameters={},
    )


def _ranked_list(members: Sequence[str]) -> RankedList:
    listed = members[:LISTED]
    return tuple(
        RankedMember(member, 1 - place / len(listed), float(len(listed) - place), 1)
        for place, member in enumerate(listed)
    )


def _view(session_id: str, product: str) -> Mapping[str, object]:
    return _events(session_id, {"type": "product_view", "product_id": product})


def _impression(session_id: str, profile: Mapping[str, Any]) -> Mapping[str, object]:
    slate = profile.get("slate", ())
    seen = {
        "type": "impression",
        "product_ids": [slot["product_id"] for slot in slate],
        "slots": [slot["slot"] for slot in slate],
        "decision_id": profile.get("decision_id"),
    }
    return _events(session_id, seen)


def _events(session_id: str, event: Mapping[str, object]) -> Mapping[str, object]:
    of_all = {
        "event_id": str(uuid4()),
        "session_id": session_id,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return {"events": [{**of_all, **event}]}


def _row(looks: Sequence[Look]) -> str:
    before, look = looks[-2:]
    rate = (look.answered - before.answered) / max(look.seconds - before.seconds, 1e-9)
    return (
        f"{look.seconds:7.0f} s {rate:7.1f} requests/s {look.descriptors:5} descriptors "
        f"{look.threads:4} threads {look.memory:7.1f} MiB {look.redis:7.1f} MiB of Redis"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=20.0)
    options.add_argument("--every", type=float, default=10.0, help="Seconds between two looks.")
    options.add_argument("--rate", type=float, help="Requests/s; half the capacity by default.")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with serve_shop(home, *make_shop(home)) as shop:
            rate = asked.rate
            if rate is None:
                began = time.monotonic()
                asyncio.run(traffic(shop, CAPACITY_SECONDS, None))
                capacity = shop.statuses.total() / (time.monotonic() - began)
                rate = capacity / 2
                print(f"capacity {capacity:.0f} requests/s, offered {rate:.0f}")
            looks = asyncio.run(soak(shop, asked.minutes * 60, rate, asked.every))
            print(f"answers by status: {dict(sorted(shop.statuses.items()))}")
    found = trends(looks)
    for trend in found:
        first, middle, last = (f"{mean:8.1f}" for mean in trend.thirds)
        verdict = "flat" if trend.flat else "GROWS"
        print(f"{trend.name:12}{first}{middle}{last}  {trend.per_hour:+8.2f} an hour  {verdict}")
    sys.exit(0 if all(trend.flat for trend in found) else 1)


if __name__ == "__main__":
    main()

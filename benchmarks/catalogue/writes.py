"""What it costs to write a large catalogue over HTTP, beside the bare store's own write.

    python -m benchmarks.catalogue.writes --home /tmp/large [--products 1300000] [--lines 100000]

The home is filled with generated products once (they are scaled up: made of a counter, titles of
six words) and used again. Then as many lines again, all new, are written to the embedded store
directly and over HTTP, in turns, then the same lines over HTTP once more, and once with another
price. Prints products a second, the ratio to the store, the memory of the process that serves, and
how long a price takes until another process sees it.
"""

import argparse
import http.client
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Column, Table

from api.app import create_app
from api.keys.shown_key import KEY_HEADER
from api.server import ApiServer
from api.wiring import build_services
from benchmarks.api_hot_routes import serve_apart
from benchmarks.http_servers import processor_seconds
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.editing.product_line import read_whole
from personalization.catalogue.editing.product_write import LINES_PER_SLICE
from personalization.domain.access.api_key import SERVER_SCOPES, ApiKey, KeyId, KeyKind
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.keys.key_book import KeyBook, encode_keys
from personalization.keys.key_text import PREFIXES, SECRET_LENGTH
from personalization.ports.catalogue import Catalogue
from personalization.ports.plan_store import KEYS
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings, open_kept, open_live

KEY: Final = f"{PREFIXES[KeyKind.SECRET]}_benchmark000_{'s' * SECRET_LENGTH}"
CATEGORIES: Final = 500
WORDS: Final = 4_000
CHUNK: Final = 5_000
PRICES: Final = 10
LOOK_SECONDS: Final = 0.5
"""As often as every process looks for what was written."""
NDJSON: Final = {"content-type": "application/x-ndjson", KEY_HEADER: KEY}
MIB: Final = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--products", type=int, default=1_300_000)
    parser.add_argument("--lines", type=int, default=100_000)
    options = parser.parse_args()
    with open_kept(CoreSettings.of_home(options.home)) as kept:
        _fill(kept.catalogue, options.products)
        if kept.plans.read(KEYS) is None:
            kept.plans.write(KEYS, encode_keys(KeyBook((_key(),))), 0)
    table = Table(Column("written"), Column("products/s", justify="right"), Column("to the store"))
    with serve_apart(_serve, str(options.home)) as (port, pid):
        before = _peak_mib(pid)
        figures = _write_all(options.home, options.lines, port, pid)
        peak = _peak_mib(pid)
        seen = _seconds_to_see(options.home, port)
    store = figures["the store alone"]
    for name, speed in figures.items():
        table.add_row(name, f"{speed:,.0f}", f"{speed / store:.2f}")
    console = Console()
    console.print(table)
    console.print(f"peak memory of the process: {before:.0f} MiB before, {peak:.0f} MiB after")
    console.print(
        f"a price was seen by another process after {statistics.median(seen):.2f} s (median of "
        f"{len(seen)}), {max(seen):.2f} s at most"
    )


def _key() -> ApiKey:
    return ApiKey(
        key_id=KeyId("benchmark000"),
        kind=KeyKind.SECRET,
        name="benchmark",
        digests=(sha256(KEY.encode()).hexdigest(),),
        scopes=SERVER_SCOPES,
        created_at=datetime.now(UTC),
    )


def _serve(port: int, home: str) -> None:
    settings = CoreSettings.of_home(Path(home))
    serving = ServingSettings(port=port)
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        ApiServer(create_app(build_services(settings, serving, kept, live)), serving).run()


def _fill(catalogue: Catalogue, count: int) -> None:
    have = catalogue.product_count()
    catalogue.write_categories(
        [Category(category_id=CategoryId(f"c{n}"), name=f"Category {n}") for n in range(CATEGORIES)]
    )
    for start in range(have, count, CHUNK):
        chunk = range(start, min(start + CHUNK, count))
        catalogue.write_products([_product(f"base-{number}", number) for number in chunk])


def _product(product_id: str, number: int) -> Product:
    return Product(
        product_id=ProductId(product_id),
        category_id=CategoryId(f"c{number % CATEGORIES}"),
        title=_title(number),
        price=float(number % 200),
        currency="EUR",
        stock=number % 50,
    )


def _title(number: int) -> str:
    return " ".join(f"word{number * prime % WORDS}" for prime in (3, 7, 31, 127, 521, 2_053))


def _wire(prefix: str, number: int, price: float) -> dict[str, Any]:
    return {
        "id": f"{prefix}-{number}",
        "title": _title(number),
        "category_id": f"c{number % CATEGORIES}",
        "description": "A shirt of linen, made to be worn in summer and washed at thirty degrees.",
        "brand": f"Brand {number % 300}",
        "gender": "women",
        "sizes": ["S", "M", "L"],
        "colour": "blue",
        "tags": ["summer", "linen"],
        "price": price,
        "list_price": price + 10,
        "currency": "EUR",
        "stock": number % 50,
        "image": f"https://shop.example/{number}.jpg",
        "page": f"https://shop.example/products/{number}",
        "attributes": {"fit": "slim", "weight": 180.5},
    }


def _lines(prefix: str, count: int, price: float) -> list[bytes]:
    return [msgspec.json.encode(_wire(prefix, number, price)) for number in range(count)]


def _write_all(home: Path, count: int, port: int, pid: int) -> dict[str, float]:
    """Return products a second by what wrote them."""
    run = f"run-{time.time_ns()}"
    figures: dict[str, float] = {}
    with open_kept(CoreSettings.of_home(home)) as kept:
        figures["the store alone"] = count / _store_seconds(
            kept.catalogue, _lines(f"{run}-a", count, 10.0)
        )
    for name, price in (("over HTTP, new", 10.0), ("the same again", 10.0), ("new price", 11.0)):
        body = b"\n".join(_lines(run, count, price))
        processor = processor_seconds(pid)
        seconds, verdicts = _put(port, body)
        if verdicts != count:
            raise RuntimeError(f"{verdicts:,} verdicts for {count:,} lines")
        figures[name] = count / seconds
        figures[f"{name}, by processor time"] = count / (processor_seconds(pid) - processor)
    stock = [{"id": f"{run}-{number}", "stock": 7, "price": 12.0} for number in range(count)]
    body = b"\n".join(map(msgspec.json.encode, stock))
    seconds, _ = _put(port, body, "POST", "/v1/catalogue/availability")
    figures["stock and price only"] = count / seconds
    return figures


def _store_seconds(catalogue: Catalogue, lines: Sequence[bytes]) -> float:
    """Return what writing takes that is read already: nothing but the store's own work."""
    wholes = [
        line.whole(line.product_id)
        for number, body in enumerate(lines, start=1)
        if (line := read_whole(number, body)).product_id is not None
    ]
    began = time.perf_counter()
    for start in range(0, len(wholes), LINES_PER_SLICE):
        catalogue.replace_products(wholes[start : start + LINES_PER_SLICE])
    return time.perf_counter() - began


def _put(
    port: int, body: bytes, method: str = "PUT", path: str = "/v1/catalogue/products"
) -> tuple[float, int]:
    """Return seconds from the first byte to the last verdict, and the number of verdicts."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    began = time.perf_counter()
    connection.request(method, path, body, NDJSON)
    answer = connection.getresponse()
    verdicts = answer.read()
    seconds = time.perf_counter() - began
    connection.close()
    if answer.status != 200:  # noqa: PLR2004 - all went well
        raise RuntimeError(f"{answer.status}: {verdicts[:500]!r}")
    return seconds, verdicts.count(b"\n")


def _seconds_to_see(home: Path, port: int) -> list[float]:
    """Return how long each of some prices took until a cache of this process had it."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        cache = CatalogueCache(kept.catalogue, SystemClock(), LOOK_SECONDS)
        product_id = ProductId("base-1")
        return [_until_price(cache, product_id, port, price) for price in _prices()]


def _prices() -> Iterator[float]:
    return (1_000 + time.time() % 1_000 + step for step in range(PRICES))


def _until_price(cache: CatalogueCache, product_id: ProductId, port: int, price: float) -> float:
    cache.products([product_id])
    body = json.dumps({"id": product_id, "price": price}).encode()
    _put(port, body, "POST", "/v1/catalogue/availability")
    began = time.perf_counter()
    while cache.products([product_id])[product_id].price != price:
        time.sleep(0.01)
    return time.perf_counter() - began


def _peak_mib(pid: int) -> float:
    """Return the most memory that a process has had so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / MIB


if __name__ == "__main__":
    main()

"""What a promotion costs whoever decides, over a large shop.

    python -m benchmarks.generations.promotion --home /tmp/large --products 1300000

A process of its own decides without a pause for visits of three views, as the scorer does; with
`--api` it follows all products' columns too, as the API does. Another generation is promoted
meanwhile. Told are how soon it decides by that one, the longest decision before and after, and
what memory it has of its own and of files that it shares. The time for which other programs had
the processor while the deciding thread wanted it is taken off.
"""

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.generations.made_generation import MadeShop
from benchmarks.generations.made_home import SECOND, make_home
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, GenerationId, ProductId, SessionId
from personalization.domain.session import Session
from personalization.sessions.counting import take
from personalization.wiring import CoreSettings, open_kept, open_ranking
from stack.interpreter import prepare_interpreter

VIEWS = 3
_MIB = 1024
_READ_SECONDS = 600
_SHOWN = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--products", type=int, default=1_300_000)
    parser.add_argument("--sessions", type=int, default=300_000)
    parser.add_argument("--seconds", type=float, default=15.0, help="before and after, each")
    parser.add_argument("--warm", type=int, default=2_000, help="decisions before it counts")
    parser.add_argument("--api", action="store_true")
    parser.add_argument("--decide", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.decide:
        _decide(given)
        return
    if not given.home.exists():
        for step, seconds in make_home(MadeShop(given.products), given.sessions, given.home):
            _tell(f"{step}: {seconds:.1f} processor seconds")
    _promote_meanwhile(given)


def _promote_meanwhile(given: argparse.Namespace) -> None:
    options = ["--home", str(given.home), "--products", str(given.products)]
    options += ["--seconds", str(given.seconds), "--warm", str(given.warm)]
    command = [sys.executable, "-m", "benchmarks.generations.promotion", "--decide", *options]
    with open_kept(CoreSettings.of_home(given.home)) as kept:
        first, second = (made.generation_id for made in reversed(kept.priors.generations()))
        kept.priors.promote(first)
        with subprocess.Popen(  # noqa: S603 (this module itself)
            [*command, *(["--api"] if given.api else [])], stdout=subprocess.PIPE, text=True
        ) as child:
            for line in child.stdout or ():
                _tell(line.rstrip())
                if line.startswith("warm"):
                    time.sleep(given.seconds)
                    started = time.process_time()
                    kept.priors.promote(GenerationId(second))
                    _tell(f"promoted in {1e3 * (time.process_time() - started):.1f} ms")
                    (given.home / "promoted").write_text(str(time.time()))
    with suppress(FileNotFoundError):
        (given.home / "promoted").unlink()


@dataclass(frozen=True, slots=True)
class Decided:
    at: float
    seconds: float
    collected: float
    """Of these, seconds of the garbage collector."""
    generation_id: str


def _decide(given: argparse.Namespace) -> None:
    prepare_interpreter()
    started = time.perf_counter(), time.process_time()
    with open_kept(CoreSettings.of_home(given.home)) as kept:
        ranking = open_ranking(kept, CoreSettings.of_home(given.home))
        ranking.priors.read_ahead()
        _tell_cost("ready to decide", started)
        columns = FilterColumns(kept.catalogue)
        if given.api:
            columns.start()
            columns.wait(_READ_SECONDS)
            _tell_cost(f"columns of all products, {columns.nbytes / 1e6:.0f} MB", started)
        visits = _visits(MadeShop(given.products), ranking.catalogue)
        for _ in range(given.warm):
            session = next(visits)
            ranking.maker.make(session, datetime.now(UTC))
        _tell(f"memory before: {_memory()}")
        _tell("warm")
        decisions: list[Decided] = []
        collector = Collector()
        end = time.time() + 2 * given.seconds
        while time.time() < end:
            session = next(visits)
            began, others, collected = time.perf_counter(), _waited_for_others(), collector.seconds
            record = ranking.maker.make(session, datetime.now(UTC))
            seconds = time.perf_counter() - began - (_waited_for_others() - others)
            name = record.decision.generation_id
            of_it = collector.seconds - collected
            decisions.append(Decided(time.time(), seconds, of_it, str(name)))
        columns.close()
        _tell(f"memory after: {_memory()}")
        _tell_decisions(decisions, float((given.home / "promoted").read_text()))


def _tell_decisions(decisions: Sequence[Decided], promoted_at: float) -> None:
    before = [known for known in decisions if known.at < promoted_at]
    after = [known for known in decisions if known.at >= promoted_at]
    by_second = [known.at for known in decisions if known.generation_id == SECOND]
    _tell(f"first decision by it after {by_second[0] - promoted_at:.2f} s")
    for name, some in (("before", before), ("after", after)):
        seconds = [known.seconds for known in some]
        median, most = (1e3 * float(np.percentile(seconds, share)) for share in (50, 99))
        _tell(f"{name}: {len(some)} decisions, median {median:.2f} ms, p99 {most:.2f} ms; longest:")
        for known in sorted(some, key=lambda known: -known.seconds)[:_SHOWN]:
            _tell(
                f"  {1e3 * known.seconds:.1f} ms, {1e3 * known.collected:.1f} of the garbage "
                f"collector, {known.at - promoted_at:+.2f} s from the promotion"
            )


class Collector:
    """Counts the time that Python's garbage collector takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0
        gc.callbacks.append(self._count)

    def _count(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds += time.perf_counter() - self._began


def _visits(shop: MadeShop, catalogue: CatalogueCache) -> Iterator[Session]:
    """Yield visits near a place each, chosen with a heavy head and a long tail."""
    generator = np.random.default_rng(shop.seed)
    number = 0
    while True:
        number += 1
        now = datetime.now(UTC)
        name = SessionId(f"visit-{number}")
        session = Session(session_id=name, started_at=now, watermark=now)
        middle = int(shop.products * generator.random() ** 4)
        for place in middle + generator.integers(0, 30, VIEWS):
            product_id = ProductId(f"B0{int(place) % shop.products:08d}")
            event = Event(
                event_id=EventId(f"{number}-{place}"),
                session_id=name,
                type=EventType.PRODUCT_VIEW,
                occurred_at=now,
                received_at=now,
                product_ids=(product_id,),
            )
            session, _ = take(session, event, catalogue.products([product_id]))
        yield session


def _waited_for_others() -> float:
    """Return for how many seconds this thread could run and other programs had the processor."""
    _, nanoseconds, _ = Path("/proc/thread-self/schedstat").read_text().split()
    return int(nanoseconds) / 1e9


def _memory() -> str:
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) // _MIB for line in rollup}
    return f"{sizes['Pss_Anon']} MiB of its own, {sizes['Pss_File']} MiB of files"


def _tell_cost(what: str, started: tuple[float, float]) -> None:
    wall, processor = time.perf_counter() - started[0], time.process_time() - started[1]
    _tell(f"{what} after {wall:.1f} s, {processor:.1f} of the processor")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

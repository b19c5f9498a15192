"""A request for very many visits, most of which nobody knows: memory, time, a kill on the way."""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Self
from uuid import UUID, uuid4

import httpx

from benchmarks.soak import ServedShop, make_shop, serve_shop
from personalization.domain.identifiers import SessionId
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.ledger import LEDGER_FILE
from personalization.wiring import CoreSettings, open_kept
from stack.server import memory_mib

PROBE_SECONDS = 0.2
_KIB, _MIB = 1024, 2**20


@dataclass(slots=True)
class ManyIdsReport:
    ids: int
    known: int
    killed_after: float
    open_after_kill: int = 0
    seconds: float = 0.0
    command_peak_mib: float = 0.0
    exit_code: int = 0
    said: Sequence[str] = ()
    """Lines of progress."""
    summary: Sequence[str] = ()
    roles_before_mib: float = 0.0
    roles_peak_mib: float = 0.0
    plans_mib: float = 0.0
    ledger_mib: float = 0.0
    known_left: int = 0
    quiet: Sequence[float] = ()
    """Seconds of a tracked event before, and of those meanwhile that were taken."""
    meanwhile: Sequence[float] = ()
    refused: int = 0
    loads: list[float] = field(default_factory=list)


def erase_many(folder: Path, ids: int, known: int, kill_after: float, seed: int) -> ManyIdsReport:
    home = folder / "home"
    products, categories = make_shop(home)
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept:
        days = (
            columns for day in kept.history.days() for columns in kept.history.read_day_columns(day)
        )
        unique = dict.fromkeys(name for columns in days for name in columns.session_ids)
        names = [SessionId(name) for name in islice(unique, known)]
    report = ManyIdsReport(ids, len(names), kill_after)
    file = folder / "ids.txt"
    _write_ids(file, names, ids, seed)
    with serve_shop(home, products, categories, {}, folder) as shop:
        report.quiet = _Probe(shop).measure(5.0)
        (roles,) = [pid for pid in shop.pids() if pid != shop.pid]
        report.roles_before_mib = memory_mib(roles)
        report.loads.append(os.getloadavg()[0])
        with _Probe(shop) as probe:
            _kill_on_the_way(home, file, kill_after)
            with open_kept(settings) as kept:
                report.open_after_kill = len(RequestBook(kept.plans).open().waiting)
            _run_whole(home, file, report)
        report.meanwhile, report.refused = probe.taken, probe.refused
        report.roles_peak_mib = _peak_mib(roles)
        report.loads.append(os.getloadavg()[0])
    with open_kept(settings) as kept:
        report.known_left = sum(map(kept.history.has_session, names))
    report.plans_mib = settings.storage.plans_file.stat().st_size / _MIB
    report.ledger_mib = (home / LEDGER_FILE).stat().st_size / _MIB
    return report


def many_lines(report: ManyIdsReport) -> Iterator[str]:
    yield f"{report.ids:,} ids, {report.known:,} of them known"
    yield (
        f"killed after {report.killed_after:.0f} s: {report.open_after_kill:,} requests open, which"
        " the service goes on with"
    )
    yield (
        f"given again: {report.seconds:.0f} s to its end with exit code {report.exit_code}, peak"
        f" {report.command_peak_mib:.0f} MiB resident"
    )
    yield (
        f"roles of the service: {report.roles_before_mib:.0f} MiB before, peak"
        f" {report.roles_peak_mib:.0f} MiB"
    )
    yield f"known ones left in the history: {report.known_left}"
    yield f"plans {report.plans_mib:.0f} MiB, ledger {report.ledger_mib:.0f} MiB"
    for what, took in (("before", report.quiet), ("meanwhile", report.meanwhile)):
        yield (
            f"a tracked event {what}: p50 {1e3 * statistics.median(took):.1f} ms,"
            f" most {1e3 * max(took):.0f} ms, of {len(took)}"
        )
    yield f"not taken meanwhile: {report.refused}"
    yield from (f"    {line}" for line in (*report.said, *report.summary))
    yield "Load: " + ", ".join(f"{load:.1f}" for load in report.loads)


def _write_ids(file: Path, names: Sequence[SessionId], count: int, seed: int) -> None:
    chance = random.Random(seed)
    numbers = chance.sample(range(count), len(names))
    places = dict(zip(numbers, names, strict=True))
    with file.open("w") as lines:
        for number in range(count):
            name = places.get(number) or UUID(int=chance.getrandbits(128), version=4)
            lines.write(f"{name}\n")


def _command(home: Path, file: Path) -> list[str]:
    erase = ["privacy", "erase", "--file", str(file), "--home", str(home)]
    return [sys.executable, "-m", "cli.main", *erase]


def _kill_on_the_way(home: Path, file: Path, seconds: float) -> None:
    with subprocess.Popen(  # noqa: S603 - our own command line
        _command(home, file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()


def _run_whole(home: Path, file: Path, report: ManyIdsReport) -> None:
    started = time.monotonic()
    with (file.parent / "said").open("w+") as said, (file.parent / "printed").open("w+") as printed:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            _command(home, file), stdout=printed, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        report.seconds = time.monotonic() - started
        report.exit_code = os.waitstatus_to_exitcode(status)
        report.command_peak_mib = usage.ru_maxrss / _KIB
        for file_, name in ((said, "said"), (printed, "summary")):
            file_.seek(0)
            setattr(report, name, file_.read().splitlines())


def _peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) / _KIB


class _Probe:
    """Tracks an event now and then, as a shopper would, and times the answer."""

    def __init__(self, shop: ServedShop) -> None:
        self._client = httpx.Client(base_url=shop.address, trust_env=False, timeout=60)
        self._product = shop.products[0]
        self._stop = Flag()
        self._thread = Thread(target=self._run)
        self.taken: list[float] = []
        self.refused = 0

    def measure(self, seconds: float) -> list[float]:
        with self:
            time.sleep(seconds)
        return self.taken

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stop.wait(PROBE_SECONDS):
            event = {
                "event_id": str(uuid4()),
                "session_id": str(uuid4()),
                "type": "product_view",
                "occurred_at": int(time.time() * 1000),
                "product_id": self._product,
            }
            self._client.cookies.clear()
            began = time.perf_counter()
            answer = self._client.post("/v1/track", json=event)
            if answer.status_code == httpx.codes.ACCEPTED:
                self.taken.append(time.perf_counter() - began)
            else:
                self.refused += 1

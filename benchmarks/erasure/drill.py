"""A drill: markers are put everywhere, some visits and a person are erased, and looked for."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from api.keys.shown_key import KEY_HEADER
from benchmarks.erasure.marked_visits import MarkedShop, MarkedVisit, planned_visits, send_visits
from benchmarks.fuzz.keys import write_keys
from benchmarks.growth.step_cost import StepCost, measure_step
from benchmarks.soak import make_shop, serve_shop
from benchmarks.table.real_shop import environment_of, real_shop
from personalization.domain.quality.gate import FIXED_GATES, GateName
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, open_kept

SETTINGS: Final = {
    "FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS": "1",
    "FITTING_ROOM_LEARNING_SNAPSHOT_SECONDS": "1",
}
LIVE_LIMIT_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 0.2
_ROLES: Final = ("scorer", "history", "learner", "waiting", "eraser")
_PROGRAM: Final = (sys.executable, "-m", "cli.main")
_ACCEPTED: Final = [f"--accept={gate}" for gate in GateName if gate not in FIXED_GATES]
"""What it costs is measured, and a shop of two days is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSize:
    visits: int
    people: int
    erased: int
    """Visits of nobody; and one person with all of theirs."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class FoundPlace:
    name: str
    owner: str
    found: int


@dataclass(slots=True)
class DrillReport:
    stack: str
    size: DrillSize
    began: datetime
    events: int = 0
    visits_erased: int = 0
    before: Sequence[FoundPlace] = ()
    live: Sequence[FoundPlace] = ()
    after: Sequence[FoundPlace] = ()
    """After the night; none where no night was asked for."""
    live_seconds: float = 0.0
    receipt: Mapping[str, Any] = field(default_factory=dict)
    steps: list[StepCost] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)

    def step(self, name: str) -> StepCost | None:
        return next((step for step in self.steps if step.step == name), None)


@dataclass(frozen=True, slots=True)
class Drill:
    """A shop under way, and the commands that its operators have."""

    report: DrillReport
    home: Path
    environment: Mapping[str, str]

    def run(self, *command: str, home: Path | None = None) -> str:
        """Run a command of ours and return what it printed; 0 and 1 are answers."""
        done = subprocess.run(  # noqa: S603 - our own command line
            [*_PROGRAM, *command, "--home", str(home or self.home)],
            capture_output=True, text=True, check=False,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        if done.returncode > 1 or not done.stdout:
            raise RuntimeError(f"{command}: {done.stdout[-2_000:]}{done.stderr[-4_000:]}")
        return done.stdout

    def measure(self, step: str, *command: str, home: Path | None = None) -> None:
        line = [*_PROGRAM, *command, "--home", str(home or self.home)]
        cost = measure_step(step, self.report.events, line, self.environment)
        self.report.steps.append(cost)

    def scan(self, visits: Sequence[MarkedVisit]) -> list[FoundPlace]:
        users = sorted({visit.user_id for visit in visits if visit.user_id})
        users += sorted({visit.person for visit in visits if visit.person})
        options = [word for user in users for word in ("--user", user)]
        names = [visit.session_id for visit in visits]
        text = self.run("privacy", "scan", *names, *options, "--json")
        self.report.loads.append(os.getloadavg()[0])
        return [FoundPlace(**place) for place in json.loads(text)]

    def erase(self, shop: MarkedShop, visits: Sequence[MarkedVisit], person: str) -> str:
        """Ask for it as the shop's server does, and wait for the live part."""
        body = {
            "session_ids": [visit.session_id for visit in visits if not visit.person],
            "user_ids": [person],
        }
        headers = {KEY_HEADER: shop.server_key}
        with httpx.Client(base_url=shop.address, trust_env=False, timeout=30) as client:
            started = time.monotonic()
            answer = client.post("/v1/erasures", json=body, headers=headers)
            (request_id,) = answer.raise_for_status().json()["request_ids"]

            def is_done() -> bool:
                receipt = client.get(f"/v1/erasures/{request_id}").json()["receipt"]
                return bool(receipt["state"] != "waiting")

            wait_until(is_done, "the live part")
            self.report.live_seconds = time.monotonic() - started
        return str(request_id)

    def read_receipt(self, request_id: str) -> None:
        text = self.run("privacy", "receipt", request_id, "--json")
        self.report.receipt = json.loads(text)["receipt"]


def drill_files(folder: Path, size: DrillSize, *, night: bool) -> DrillReport:
    home = folder / "home"
    products, categories = make_shop(home)
    report = DrillReport("embedded", size, datetime.now(UTC))
    drill = Drill(report, home, {})
    visits = planned_visits(size.visits, size.people, size.seed)
    chosen, person = chosen_visits(visits, size)
    with open_kept(CoreSettings.of_home(home)) as kept:
        key = write_keys(kept.plans)["server"].text
        imported = _kept_events(kept)
    with serve_shop(home, products, categories, SETTINGS, folder) as served:
        _send(drill, MarkedShop(served.address, products, key), visits)
        _wait_for_history(CoreSettings.of_home(home), imported + report.events)
    control = folder / "control"
    if night:
        _first_night(drill)
        shutil.copytree(home, control, ignore=shutil.ignore_patterns("*.sock"))
    with serve_shop(home, products, categories, SETTINGS, folder) as served:
        shop = MarkedShop(served.address, products, key)
        request_id = _erase_and_look(drill, shop, chosen, person)
    if night:
        _night_after(drill)
        drill.measure("night without", "nightly", *_ACCEPTED, home=control)
        report.after = drill.scan(chosen)
    drill.read_receipt(request_id)
    return report


def drill_stack(folder: Path, size: DrillSize, *, night: bool) -> DrillReport:
    """Do the same over Kafka, Cassandra and Redis, whose roles run on through the nights.

    A keyspace is not copied, so that no night without the erasure is beside the one with it.
    """
    home = folder / "home"
    products, _ = make_shop(home)
    report = DrillReport("Kafka, Cassandra, Redis", size, datetime.now(UTC))
    visits = planned_visits(size.visits, size.people, size.seed)
    chosen, person = chosen_visits(visits, size)
    with real_shop(home, _ROLES, folder, SETTINGS) as real:
        environment = environment_of(real.settings)
        drill = Drill(report, home, environment)
        with open_kept(real.settings) as kept:
            key = write_keys(kept.plans)["server"].text
        shop = MarkedShop(real.served.address, products, key)
        _send(drill, shop, visits)
        _wait_for_history(real.settings, report.events)
        if night:
            _first_night(drill)
        request_id = _erase_and_look(drill, shop, chosen, person)
        if night:
            _night_after(drill)
            report.after = drill.scan(chosen)
        drill.read_receipt(request_id)
    return report


def chosen_visits(visits: Sequence[MarkedVisit], size: DrillSize) -> tuple[list[MarkedVisit], str]:
    """Return who is erased: the last of nobody's visits, and the first person's."""
    person = visits[0].person
    of_nobody = [visit for visit in visits if not visit.person][-size.erased :]
    return [*(visit for visit in visits if visit.person == person), *of_nobody], person


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {WAIT_SECONDS:.0f} s for {what}")
        time.sleep(_LOOK_SECONDS)


def _send(drill: Drill, shop: MarkedShop, visits: Sequence[MarkedVisit]) -> None:
    headers = {KEY_HEADER: shop.server_key}
    path = f"{shop.address}/v1/users/nobody/token"
    wait_until(
        lambda: httpx.post(path, headers=headers, json={}, trust_env=False).is_success,
        "the key to be known",
    )
    drill.report.events = send_visits(shop, visits, drill.report.size.seed)
    drill.report.loads.append(os.getloadavg()[0])


def _erase_and_look(
    drill: Drill, shop: MarkedShop, chosen: Sequence[MarkedVisit], person: str
) -> str:
    report = drill.report
    report.before = drill.scan(chosen)
    report.visits_erased = len(chosen)
    request_id = drill.erase(shop, chosen, person)
    report.live = drill.scan(chosen)
    return request_id


def _first_night(drill: Drill) -> None:
    """Leave something in what nights, exports and e-mail lists keep as well."""
    drill.measure("first night", "nightly", *_ACCEPTED)
    drill.run("warehouse")
    out = str(drill.home / "lists" / "drill")
    options = ["--strategy", "personal", "--out", out, "--format", "jsonl"]
    drill.run("recommend", "--audience", "all", *options)


def _night_after(drill: Drill) -> None:
    drill.measure("unlearn", "model", "unlearn", "--accept")
    drill.measure("night with the erasure", "nightly", *_ACCEPTED)


def _wait_for_history(settings: CoreSettings, events: int) -> None:
    """Wait until the history has all that was taken: other roles read beside it."""
    with open_kept(settings) as kept:
        wait_until(lambda: _kept_events(kept) >= events, "the history")


def _kept_events(kept: KeptStores) -> int:
    return sum(kept.history.days().values())

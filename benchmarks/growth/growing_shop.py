"""One size of the growth table: make a shop up, import it, run its nights and the floor."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.growth.spark_events import event_log_conf, read_event_logs
from benchmarks.growth.step_cost import StepCost, measure_step
from nightly.application.mailbox import Mailbox
from personalization.domain.quality.gate import FIXED_GATES, GateName

FURTHER_EVENTS = 300_000
"""Of a day more, for the second night."""
_PROGRAM = str(Path(sys.executable).with_name("fitting-room"))
_ACCEPTED = [f"--accept={gate}" for gate in GateName if gate not in FIXED_GATES]
"""What a night costs is measured here, and a day that floods a small shop is meant."""
_MIB = 1024 * 1024
_SPARK_CONF = "FITTING_ROOM_NIGHTLY_SPARK_CONF"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowingShop:
    folder: Path
    events: int
    products: int
    days: int
    last_day: date
    seed: int
    hot_share: float = 0.0

    def steps(self, *, floor: bool, second_night: bool) -> Iterator[StepCost]:
        """Yield what each step costs, as soon as it has ended."""
        before = self.last_day - timedelta(days=1)
        dated = [f"--days={self.days}", f"--last-day={before}"]
        yield self._generate("generate", self.events, [f"--events={self.events}", *dated])
        yield self._run("import products", 0, "import", str(self._files / "products"))
        yield self._run("import events", self.events, "import", str(self._files / "events"))
        yield self._night("night", self.events)
        if floor:
            yield self._floor()
        if not second_night:
            return
        total = self.events + FURTHER_EVENTS
        only = [f"--last-day={self.last_day}", "--days=1", f"--days-from={self.last_day}"]
        yield self._generate("generate a day", total, [f"--events={FURTHER_EVENTS}", *only])
        day = self._files / "events" / f"{self.last_day}.parquet"
        yield self._run("import the day", total, "import", str(day))
        yield self._night("second night", total)

    @property
    def _files(self) -> Path:
        return self.folder / "files"

    @property
    def _home(self) -> str:
        return f"--home={self.folder / 'home'}"

    def _generate(self, step: str, events: int, options: Sequence[str]) -> StepCost:
        shape = [f"--products={self.products}", f"--seed={self.seed}"]
        hot = [f"--hot-share={self.hot_share}"]
        command = [_PROGRAM, "generate", str(self._files), *shape, *hot, *options]
        return measure_step(step, events, command)

    def _run(self, step: str, events: int, *command: str) -> StepCost:
        return measure_step(step, events, [_PROGRAM, *command, self._home])

    def _night(self, step: str, events: int) -> StepCost:
        def run(conf: dict[str, str]) -> StepCost:
            command = [_PROGRAM, "nightly", self._home, *_ACCEPTED]
            cost = measure_step(step, events, command, {_SPARK_CONF: json.dumps(conf)})
            return self._with_application(cost)

        return self._with_spark(step, run)

    def _with_application(self, cost: StepCost) -> StepCost:
        """Add what the night's application says of itself: nobody waits for it."""
        card = Mailbox(Path(self._home.partition("=")[2]) / "warehouse").card()
        if card is None:
            return cost
        return replace(
            cost,
            processor_seconds=cost.processor_seconds + sum(card.processor_seconds.values()),
            peak_mib=cost.peak_mib + card.peak_bytes / _MIB,
        )

    def _floor(self) -> StepCost:
        def run(conf: dict[str, str]) -> StepCost:
            options = [f"{name}={value}" for name, value in conf.items()]
            folders = [str(self._files / "events"), str(self.folder / "floor")]
            command = [sys.executable, "-m", "benchmarks.growth.floor_job", *folders, *options]
            return measure_step("floor", self.events, command)

        return self._with_spark("floor", run)

    def _with_spark(self, step: str, run: Callable[[dict[str, str]], StepCost]) -> StepCost:
        """Measure a step in which Spark runs, with what its event logs say."""
        logs = self.folder / "spark_events" / step.replace(" ", "_")
        logs.mkdir(parents=True)
        cost = run(dict(event_log_conf(logs)))
        figures = read_event_logs(logs)
        return replace(
            cost,
            shuffle_mib=figures.shuffle_mib,
            spill_mib=figures.spill_mib,
            broadcast_mib=figures.broadcast_mib,
            applications=figures.applications,
        )

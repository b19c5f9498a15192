"""The steps of a night up to its tables, without Airflow and without publication."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from nightly.application.client import OWNER
from personalization.priors import warehouse as names

COUNTING = (
    "count_days",
    "ratings_and_popularity",
    "trending_and_arrivals",
    "affinities_and_bundles",
)
_NOWHERE = "/there/is/no/python"
"""Executors are promised to need none of ours: one that asks for it fails."""


@dataclass(frozen=True, slots=True)
class StepRun:
    name: str
    seconds: float
    log: str

    def count(self, words: str) -> int:
        return self.log.count(words)


@dataclass(frozen=True, slots=True)
class NightByHand:
    home: Path
    settings: Mapping[str, str]
    """Of the environment."""

    def begin(self) -> Path:
        """Export and plan; return the plan's file."""
        options = {"run_date": None, "promote": False, "accept_smaller": False, "accept": ()}
        today = datetime.now(UTC).date().isoformat()
        begun = self._result(["export_history"], {**options, "until": today})
        if begun["keyspace"]:
            arguments = [begun["request"], begun["keyspace"]]
            self._result(["spark-step", "snapshot_history"], {"arguments": arguments})
        return Path(self._result(["plan_night"], {"request": begun["request"]}))

    @contextmanager
    def step(self, words: Sequence[str], arguments: object) -> Iterator["RunningStep"]:
        """Start a step; it is waited for, and must have succeeded, at the end."""
        environment = {**os.environ, **self.settings, "FITTING_ROOM_HOME": str(self.home)}
        # The night's application ends with us, whatever becomes of a step.
        own = {"PYSPARK_PYTHON": _NOWHERE, OWNER: str(os.getpid())}
        log, line = self.home / f"{words[-1]}.log", self.home / f"{words[-1]}.json"
        line.write_text(json.dumps(arguments) + "\n", "utf-8")
        with log.open("wb") as output, line.open("rb") as given:
            process = subprocess.Popen(  # noqa: S603 (this environment's Python)
                [sys.executable, "-m", "nightly", *words],
                env={**environment, **own},
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = RunningStep(words[-1], process, log, time.monotonic())
        try:
            yield running
            running.end()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()

    def run(self, words: Sequence[str], arguments: object) -> StepRun:
        with self.step(words, arguments) as running:
            return running.end()

    def _result(self, words: Sequence[str], arguments: object) -> Any:  # noqa: ANN401 (the step's)
        last = self.run(words, arguments).log.splitlines()[-1]
        return json.loads(last)["result"]


@dataclass(frozen=True, slots=True)
class RunningStep:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float

    def end(self) -> StepRun:
        """Wait for the end; raises `RuntimeError` with what it said where it failed."""
        code = self.process.wait()
        run = StepRun(self.name, time.monotonic() - self.started, self.log.read_text("utf-8"))
        if code != 0:
            raise RuntimeError(f"{self.name} ended with {code}:\n{run.log[-6000:]}")
        return run


def tables_of(plan_file: Path) -> Mapping[str, Path]:
    """Return what a night has made: folders of Parquet by their names."""
    building, warehouse = plan_file.parent, plan_file.parents[2]
    folders = [*(building / names.TABLES_FOLDER).iterdir(), *(warehouse / "partials").iterdir()]
    return {folder.name: folder for folder in folders if any(folder.rglob("*.parquet"))}


def rows_in_order(folder: Path) -> pa.Table:
    """Return all rows of a folder, in an order that files and tasks have no part in."""
    rows = ds.dataset(folder, format="parquet").to_table()
    return rows.sort_by([(name, "ascending") for name in rows.column_names]).combine_chunks()

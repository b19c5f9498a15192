"""What the growth table says of a step: its processes, and what Spark wrote for shuffles."""

import json
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.growth.made_warehouse import make_warehouse
from benchmarks.growth.spark_events import event_log_conf, read_event_logs
from benchmarks.growth.step_cost import HEADERS, measure_step
from importers.generated.large.large_shop import LargeShop
from nightly.quality.columns import input_columns
from personalization.priors.warehouse import read_request, read_snapshot
from tests.builders.moments import NOON

BUSY = "sum(number * number for number in range(2_000_000))"

_SIZES = [{"name": "rows", "accumulatorId": 1}, {"name": "data size", "accumulatorId": 2}]
_SENT = {"nodeName": "BroadcastExchange", "metrics": _SIZES, "children": []}
_PLAN = {"nodeName": "Join", "metrics": [], "children": [_SENT]}


def test_processor_time_and_memory_of_a_command_and_its_children_are_counted() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"
    cost = measure_step("busy", 1_000, [sys.executable, "-c", child])
    assert cost.processor_seconds > 0.05
    assert cost.peak_mib > 1
    assert len(cost.cells()) == len(HEADERS)
    assert cost.cells()[0] == "1,000"


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        measure_step("broken", 0, [sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_an_environment_is_the_commands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROWTH_WORD", raising=False)
    code = "import os; raise SystemExit(os.environ['GROWTH_WORD'])"
    for _ in range(2):
        with pytest.raises(RuntimeError, match="here"):
            measure_step("word", 0, [sys.executable, "-c", code], {"GROWTH_WORD": "here"})
    with pytest.raises(RuntimeError, match="KeyError"):
        measure_step("word", 0, [sys.executable, "-c", code])


def test_shuffles_of_all_applications_are_summed(tmp_path: Path) -> None:
    for number in (1, 2):
        ends = [
            {
                "Event": "SparkListenerTaskEnd",
                "Task Metrics": {
                    "Disk Bytes Spilled": 1 << 19,
                    "Shuffle Write Metrics": {"Shuffle Bytes Written": number << 20},
                },
            },
            {"Event": "SparkListenerTaskEnd", "Task Metrics": None},
            {"Event": "SparkListenerJobEnd"},
            {"Event": "x.SparkListenerSQLExecutionStart", "sparkPlanInfo": _PLAN},
            {"Event": "x.SparkListenerDriverAccumUpdates", "accumUpdates": [[1, 9 << 30]]},
            {"Event": "x.SparkListenerDriverAccumUpdates", "accumUpdates": [[2, number << 24]]},
        ]
        lines = [json.dumps(end, separators=(",", ":")) for end in ends]
        (tmp_path / f"local-{number}").write_text("\n".join(lines))
    (tmp_path / ".local-1.crc").write_bytes(b"\0")
    figures = read_event_logs(tmp_path)
    assert (figures.applications, figures.shuffle_mib, figures.spill_mib) == (2, 3.0, 1.0)
    assert figures.broadcast_mib == 32.0
    assert event_log_conf(tmp_path)["spark.eventLog.dir"].startswith("file:///")


def test_a_made_up_warehouse_is_what_the_steps_of_a_night_expect(tmp_path: Path) -> None:
    shop = LargeShop(last_day=NOON.date(), products=300, events=2_000, days=3, users=50)
    warehouse = tmp_path / "warehouse"
    make_warehouse(shop, warehouse, period_days=30)
    assert input_columns(warehouse).value == 0
    days = sorted(warehouse.glob("history/day=*/*.parquet"))
    counts = [pq.read_metadata(file).num_rows for file in days]
    told = [int(text.partition("-")[0]) for text in read_snapshot(warehouse).fingerprints.values()]
    assert counts == told
    assert read_request(warehouse).events == 2_000 <= sum(counts)
    events = pq.read_table(days[0])
    of_products = pc.list_value_length(events["product_ids"])
    assert set(of_products.to_pylist()) == {0, 1}
    # What names a product leaves its category to the catalogue, and the other way round.
    assert pc.all(pc.equal(pc.equal(of_products, 0), pc.is_valid(events["category_id"]))).as_py()

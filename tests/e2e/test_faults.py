"""A short part of the faults: a seed, some kills, nothing lost. `make faults` does all."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.own_file_system import require_own_mounts
from tests.real_stack import stack_or_skip

SECONDS = 420
TIDY_SECONDS = 90
"""For a run that is asked to end: it stops its workers and services first."""
SHORT = ("--kills", "10", "--service-faults", "1", "--shoppers", "8", "--no-overload")


def end(process: "subprocess.Popen[str]") -> str:
    """Have the run tidy up after itself, insist if it does not, and return what it said."""
    process.terminate()
    try:
        return process.communicate(timeout=TIDY_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def run_faults(shop: Path, folder: Path, stack: str) -> dict[str, Any]:
    """Run the harness as a process of its own and return its figures."""
    command = [sys.executable, "-m", "faults", str(shop), "--stack", stack, "--folder", str(folder)]
    process = subprocess.Popen(
        [*command, *SHORT], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail(f"not done after {SECONDS} s:\n{end(process)}")
    except BaseException:
        end(process)
        raise
    assert process.returncode == 0, said
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    return figures


def assert_no_losses(figures: dict[str, Any]) -> None:
    assert figures["events_acknowledged"] > 100
    assert figures["positions_learned"] > 100
    assert figures["events_lost"] == figures["events_stored_twice"] == 0
    assert figures["decisions_lost"] == 0
    assert figures["positions_lost"] == figures["positions_learned_twice"] == 0
    assert figures["model_equals_uninterrupted_run"]
    assert figures["unreadable_records_in_dead_letter"] == figures["unreadable_records"] == 300
    assert figures["reads"] > 100
    assert figures["reads_without_a_profile"] == 0
    assert figures["never_acknowledged"] == figures["never_fresh"] == 0
    # Ten kills of this seed meet every role, on either stack.
    assert {"kill scorer", "kill history", "kill learner", "kill api"} <= set(figures["faults"])


def test_kills_of_everything_on_the_real_stack_lose_nothing(
    shop_after_a_night: Path, tmp_path: Path
) -> None:
    stack_or_skip(tmp_path / "jars", "kafka")
    stack_or_skip(tmp_path / "jars", "cassandra")
    figures = run_faults(shop_after_a_night, tmp_path / "faults", "real")
    assert_no_losses(figures)
    assert len(figures["first_ack_after_broker_kill"]) == 1
    assert {"restart kafka", "restart cassandra", "restart redis", "flush redis"} <= set(
        figures["faults"]
    )


def test_kills_and_a_full_disk_on_the_embedded_stack_lose_nothing(
    shop_after_a_night: Path, tmp_path: Path
) -> None:
    require_own_mounts(tmp_path)
    figures = run_faults(shop_after_a_night, tmp_path / "faults", "embedded")
    assert_no_losses(figures)
    assert {"fill disk", "restart redis", "flush redis"} <= set(figures["faults"])

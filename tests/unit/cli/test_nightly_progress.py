"""Whoever waits for the night sees each task with its state and seconds."""

from datetime import timedelta
from io import StringIO

from rich.console import Console

from cli.reports.nightly import failure_report, generation_report
from cli.reports.nightly_progress import PREPARING, ProgressDisplay, progress_table
from nightly.progress import ProgressLine, TaskState
from personalization.domain.identifiers import GenerationId
from personalization.priors.warehouse import NightOutcome
from tests.builders.generation import a_generation
from tests.builders.moments import NOON


def _line(task: str, state: TaskState, second: float, reason: str | None = None) -> ProgressLine:
    return ProgressLine(task=task, state=state, at=NOON + timedelta(seconds=second), reason=reason)


def _print(what: object) -> str:
    console = Console(file=StringIO(), width=120)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _outcome(*, promoted: bool) -> NightOutcome:
    made = GenerationId("generation-1")
    return NightOutcome(generation_id=made, promoted=promoted, reason="it ends before")


LINES = [
    _line("export", TaskState.RUNNING, 0),
    _line("export", TaskState.SUCCESS, 2),
    _line("spark", TaskState.RUNNING, 2),
    _line("spark", TaskState.RETRY, 5, "no memory"),
    _line("spark", TaskState.RUNNING, 10),
]


def test_the_table_counts_the_seconds_of_the_last_try() -> None:
    rows = _print(progress_table(LINES, NOON, NOON + timedelta(seconds=14))).splitlines()
    assert any("export" in row and "success" in row and "2.0" in row for row in rows)
    assert any("spark" in row and "running" in row and "4.0" in row for row in rows)


def test_before_the_first_task_airflow_is_preparing() -> None:
    printed = _print(progress_table([], NOON, NOON + timedelta(seconds=3)))
    assert PREPARING in printed
    assert "3.0" in printed


def test_without_a_terminal_each_change_is_printed_once() -> None:
    console = Console(file=StringIO(), width=120)
    with ProgressDisplay(console) as display:
        display.show(LINES[:2])
        display.show(LINES)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines() == [
        "nightly: export ...",
        "nightly: export success after 2.0 s",
        "nightly: spark ...",
        "nightly: spark retry after 3.0 s",
        "nightly: spark ...",
    ]


def test_the_report_says_why_a_table_is_absent() -> None:
    printed = _print(generation_report(a_generation(), _outcome(promoted=True)))
    assert "no product has a rating" in printed
    assert "Generation generation-1 is promoted" in printed


def test_the_report_of_a_backfill_says_that_it_is_kept_and_why() -> None:
    printed = _print(generation_report(a_generation(), _outcome(promoted=False)))
    assert "Generation generation-1 is kept, not promoted: it ends before." in printed


def test_the_report_says_what_was_left_out_and_who_made_too_much_of_a_product() -> None:
    parameters = {
        "events_after_today": "3",
        "repeats_left_out": "13998",
        "interactions": "12000",
        "largest_product_share": "0.6200 shirt-1",
    }
    printed = _print(
        generation_report(a_generation(parameters=parameters), _outcome(promoted=True))
    )
    assert "3 events after today were left out" in printed
    assert "13,998 interactions repeat" in printed
    assert "12,000 count" in printed
    assert "One shopper made 62% of what shirt-1 has" in printed


def test_a_failure_names_the_task_its_reason_and_the_end_of_the_log() -> None:
    failed = _line("check_generation", TaskState.FAILED, 3, "0 products have priors")
    printed = _print(failure_report([failed], ["the last line"]))
    assert "check_generation failed: 0 products have priors" in printed
    assert "the last line" in printed

"""How far the night is: a live table on a terminal, one line a change elsewhere."""

from datetime import UTC, datetime
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.tables import titled_table
from nightly.progress import ProgressLine, TaskState

PREPARING = "airflow (its first start makes its database)"
_STYLES = {
    TaskState.RUNNING: "yellow",
    TaskState.SUCCESS: "green",
    TaskState.RETRY: "magenta",
    TaskState.FAILED: "red",
    TaskState.SKIPPED: "dim",
}


class ProgressDisplay:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console) if console.is_terminal else None
        self._printed = 0
        self._began = datetime.now(UTC)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, lines: list[ProgressLine]) -> None:
        if self._live is not None:
            self._live.update(progress_table(lines, self._began, datetime.now(UTC)))
            return
        for number in range(self._printed, len(lines)):
            self._console.print(_sentence(lines, number), highlight=False)
        self._printed = len(lines)


def progress_table(lines: list[ProgressLine], began: datetime, now: datetime) -> Table:
    table = titled_table("Nightly", ["task", "state"], ["seconds"])
    if not lines:
        waited = (now - began).total_seconds()
        table.add_row(PREPARING, Text("running", style="yellow"), f"{waited:.1f}")
    latest = {line.task: number for number, line in enumerate(lines)}
    for task, number in latest.items():
        state = lines[number].state
        until = now if state is TaskState.RUNNING else lines[number].at
        seconds = (until - _start_of(lines, number)).total_seconds()
        table.add_row(task, Text(state.value, style=_STYLES[state]), f"{seconds:.1f}")
    return table


def _start_of(lines: list[ProgressLine], number: int) -> datetime:
    """Return when the try of a line's task began."""
    running = [line for line in lines[: number + 1] if line.state is TaskState.RUNNING]
    starts = [line.at for line in running if line.task == lines[number].task]
    return starts[-1] if starts else lines[number].at


def _sentence(lines: list[ProgressLine], number: int) -> str:
    line = lines[number]
    if line.state is TaskState.RUNNING:
        return f"nightly: {line.task} ..."
    seconds = (line.at - _start_of(lines, number)).total_seconds()
    return f"nightly: {line.task} {line.state.value} after {seconds:.1f} s"

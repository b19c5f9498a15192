import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stack.jars import ARTIFACTS, write_lock
from stack.stack import SERVICES, SETTINGS_FILE, Stack

DOWN = 1
stack_app = typer.Typer(
    help="Run Kafka, Cassandra and Redis on free loopback ports, from jars and packages.",
    no_args_is_help=True,
)
FolderOption = Annotated[
    Path,
    typer.Option(
        "--folder", envvar="FITTING_ROOM_STACK", help="Where the services keep data and logs."
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", help=f"This service only; may be repeated: {', '.join(SERVICES)}."),
]
DEFAULT_FOLDER = Path("var/stack")


@stack_app.command("up")
def up_command(*, folder: FolderOption = DEFAULT_FOLDER, only: OnlyOption = None) -> None:
    """Start what is not running, wait until all of it answers, and leave it running.

    The first time the jars are fetched and checked, which takes a minute or two.
    """
    started = time.monotonic()
    stack = _stack(folder, only)
    stack.up()
    took = timedelta(seconds=round(time.monotonic() - started))
    console = Console()
    _print_status(console, stack)
    console.print(f"Up after {took}. Use it: source <(fitting-room stack env --folder {folder})")


@stack_app.command("down")
def down_command(*, folder: FolderOption = DEFAULT_FOLDER, only: OnlyOption = None) -> None:
    """Stop the services; their data stays for the next `up`."""
    _stack(folder, only).down()


@stack_app.command("status")
def status_command(*, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Show what runs; exits with 1 if anything is down."""
    stack = _stack(folder, None)
    if not _print_status(Console(), stack):
        raise typer.Exit(DOWN)


@stack_app.command("env")
def env_command(*, folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Print the settings that make every command use the running services."""
    settings = folder / SETTINGS_FILE
    if not settings.exists():
        raise typer.BadParameter(f"nothing runs in {folder}: start it with `stack up`.")
    sys.stdout.writelines(f"export {line}\n" for line in settings.read_text().splitlines())


@stack_app.command("run")
def run_command(*, folder: FolderOption = DEFAULT_FOLDER, only: OnlyOption = None) -> None:
    """Start the services, stay until interrupted, then stop them."""
    stack, stop = _stack(folder, only), Flag()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        stack.up()
        _print_status(Console(), stack)
        stop.wait()
    finally:
        stack.down()


@stack_app.command("lock")
def lock_command(path: Annotated[Path, typer.Argument(help="Where to write.")]) -> None:
    """Resolve all jars again and write their names and checksums."""
    Console().print(f"{write_lock(path)} jars of {', '.join(ARTIFACTS)} in {path}")


def _stack(folder: Path, only: list[str] | None) -> Stack:
    unknown = [service for service in only or () if service not in SERVICES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no service: choose among {', '.join(SERVICES)}.")
    return Stack(folder, only or SERVICES)


def _print_status(console: Console, stack: Stack) -> bool:
    table = Table("service", "state", "address", "process", "memory", "log")
    states = stack.status()
    for state in states:
        table.add_row(
            state.name,
            "up" if state.up else "down",
            state.address,
            str(state.pid or ""),
            f"{state.memory_mib:.0f} MiB" if state.pid else "",
            str(state.log_file),
        )
    console.print(table)
    return all(state.up for state in states)

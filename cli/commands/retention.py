from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.options import HomeOption
from personalization.retention.retention import StorePruning, apply_retention
from personalization.retention_wiring import open_retention
from personalization.wiring import CoreSettings

FAILED = 2
_MIB = 2**20


def retention_command(
    *,
    compact: Annotated[
        bool,
        typer.Option(
            help="Also give the space back to the disk. Each file is written anew: a running "
            "service is refused its writing meanwhile, and as much again must be free."
        ),
    ] = False,
    home: HomeOption = Path("var"),
) -> None:
    """Remove what has been kept long enough, as the daily DAG does.

    How long that is stands in the settings (FITTING_ROOM_RETENTION_...). Space that becomes free
    is used again; `--compact` makes the files smaller. Exit code 2 if a store did not answer.
    """
    table = Table("store", "kept", "removed", title="Retention", title_justify="left")
    console = Console(stderr=True)
    failed = False
    with (
        open_retention(CoreSettings.of_home(home)) as stores,
        console.status("Looking for what is too old"),
    ):
        for pruning in apply_retention(stores, datetime.now(UTC), compact=compact):
            table.add_row(pruning.store, pruning.life, _outcome(pruning))
            failed = failed or pruning.failure is not None
    Console().print(table)
    if failed:
        raise typer.Exit(FAILED)


def _outcome(pruning: StorePruning) -> str:
    if pruning.failure is not None:
        return f"failed: {pruning.failure}"
    if pruning.removed is None:
        return "by the service itself"
    freed = f", {pruning.freed_bytes / _MIB:.1f} MiB freed" if pruning.freed_bytes else ""
    return f"{pruning.removed:,}{freed}"

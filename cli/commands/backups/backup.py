import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cli.options import HomeOption
from cli.tables import titled_table
from personalization.backup_wiring import (
    AFTER_RESTORE,
    backup_keys,
    open_source,
    open_tables,
)
from personalization.backups.archive import Manifest, Told
from personalization.backups.backup_file import (
    create_backup,
    list_backups,
    prune_backups,
    restore_home,
    restore_tables,
    verify_backup,
)
from personalization.wiring import CoreSettings

backup_app = typer.Typer(
    no_args_is_help=True,
    help="Encrypted copies of everything that is kept: docs/running.md.",
)
FileArgument = Annotated[Path, typer.Argument(dir_okay=False, metavar="FILE")]
FolderArgument = Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="FOLDER")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", dir_okay=False, help="Encrypt by what this file holds instead of keys."
    ),
]
_MIB = 2**20


@backup_app.command("create")
def create_command(
    file: FileArgument,
    *,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Write everything that is kept, except keys, into one encrypted file, while services run."""
    settings, now = CoreSettings.of_home(home), datetime.now(UTC)
    with open_source(settings) as source, _progress("Backing up", source.total_bytes()) as told:
        keys = backup_keys(settings, passphrase_file)
        manifest = create_backup(source, file, keys, now, told)
    _print(manifest)


@backup_app.command("restore")
def restore_command(
    file: FileArgument,
    *,
    passphrase_file: PassphraseOption = None,
    home: Annotated[Path, typer.Option(help="The new home; it may hold keys, and nothing else.")],
) -> None:
    """Make a new home of a backup, or fill an empty keyspace where Cassandra is named.

    Nothing is there before all of it is, and what was erased since is erased again.
    """
    settings = CoreSettings.of_home(home)
    keys = backup_keys(settings, passphrase_file)
    size = file.stat().st_size if file.exists() else 0
    with _progress("Restoring", size) as told:
        if settings.cassandra.contact_points is None:
            manifest = restore_home(file, home, keys, AFTER_RESTORE, told)
        else:
            with open_tables(settings, empty=True) as tables:
                manifest = restore_tables(file, home, keys, tables, AFTER_RESTORE, told)
    _print(manifest)


@backup_app.command("verify")
def verify_command(
    file: FileArgument,
    *,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = Path("var"),
) -> None:
    """Read a backup whole, and say what it has; exit code 2 if it is not as it was written."""
    keys = backup_keys(CoreSettings.of_home(home), passphrase_file)
    size = file.stat().st_size if file.exists() else 0
    with _progress("Verifying", size) as told:
        manifest = verify_backup(file, keys, told)
    _print(manifest)


@backup_app.command("list")
def list_command(folder: FolderArgument) -> None:
    """List the backups of a folder, the newest first; no key is needed."""
    table = titled_table(f"Backups in {folder}", ["made at (UTC)", "key", "file"], ["MiB"], [])
    for backup in list_backups(folder):
        made_at = f"{backup.header.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        size = f"{backup.size / _MIB:,.1f}"
        table.add_row(made_at, backup.header.key, backup.file.name, size)
    Console().print(table)


@backup_app.command("prune")
def prune_command(
    folder: FolderArgument,
    *,
    keep_days: Annotated[
        int, typer.Option(min=1, max=36_500, help="Older ones go, the last one too.")
    ] = 30,
) -> None:
    """Remove backups that are older: what was erased since they were made is in them still."""
    removed = prune_backups(folder, timedelta(days=keep_days), datetime.now(UTC))
    for backup in removed:
        sys.stdout.write(f"{backup.file.name} is removed.\n")
    left = len(list_backups(folder))
    sys.stdout.write(f"{len(removed)} removed, {left} left in {folder}.\n")


@contextmanager
def _progress(title: str, total: int) -> Iterator[Told]:
    columns = (
        TextColumn(title), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TextColumn("{task.fields[member]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total or None, member="")
        yield lambda name, size: bar.update(task, advance=size, member=name)


def _print(manifest: Manifest) -> None:
    made_at = f"{manifest.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    table = titled_table(f"Of {manifest.stack}, {made_at}", ["store"], ["rows", "MiB"], [])
    for store, (size, rows) in sorted(manifest.by_store().items()):
        table.add_row(store, f"{rows:,}" if rows else "", f"{size / _MIB:,.1f}")
    Console().print(table)

"""Files of the home folder that are kept only for a time."""

import re
import shutil
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from personalization.ports.retention import RetainedStore
from personalization.retention.retention import life_of, prune_after, prune_files
from personalization.settings.retention import RetentionSettings
from personalization.settings.storage import StorageSettings

_DAY: Final = re.compile(r"date=(\d{4}-\d{2}-\d{2})")


def retained_files(
    storage: StorageSettings, retention: RetentionSettings
) -> tuple[RetainedStore, ...]:
    logs = timedelta(days=retention.working_files_days)
    imports = (storage.held_out_file, storage.home / "import_rejected.jsonl")
    return (
        RetainedStore(
            "airflow logs",
            life_of(retention.working_files_days),
            lambda now: prune_files(storage.airflow / "logs", now, logs),
        ),
        RetainedStore(
            "tables of a warehouse",
            life_of(retention.tables_days),
            prune_after(
                retention.tables_days,
                lambda before: prune_days(storage.tables, before.astimezone(UTC).date()),
            ),
        ),
        RetainedStore(
            "lists for e-mail",
            life_of(retention.lists_days),
            prune_after(
                retention.lists_days,
                lambda before: prune_files(storage.lists, before, timedelta(0)),
            ),
        ),
        RetainedStore(
            "files of imports",
            life_of(retention.imports_days),
            prune_after(
                retention.imports_days,
                lambda before: sum(_remove_old(file, before) for file in imports),
            ),
        ),
    )


def prune_days(folder: Path, before: date) -> int:
    """Remove the folders of days before one, such as `events/date=2026-11-28`; return how many."""
    removed = 0
    for path in folder.glob("*/date=*"):
        found = _DAY.fullmatch(path.name)
        with suppress(ValueError, FileNotFoundError):
            if found is not None and date.fromisoformat(found.group(1)) < before:
                shutil.rmtree(path)
                removed += 1
    return removed


def _remove_old(file: Path, before: datetime) -> int:
    with suppress(FileNotFoundError):
        if file.stat().st_mtime < before.timestamp():
            file.unlink()
            return 1
    return 0

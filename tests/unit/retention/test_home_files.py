"""Files that tell of people go once their time has passed, and no others."""

import os
from datetime import timedelta
from pathlib import Path

from personalization.retention.home_files import retained_files
from personalization.settings.retention import RetentionSettings
from personalization.settings.storage import StorageSettings
from tests.builders.moments import NOON


def write(file: Path, age_days: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("somebody")
    moment = (NOON - timedelta(days=age_days)).timestamp()
    os.utime(file, (moment, moment))


def test_each_kind_of_file_has_a_life_of_its_own(tmp_path: Path) -> None:
    storage = StorageSettings(home=tmp_path)
    old = NOON.date() - timedelta(days=401)
    new = NOON.date() - timedelta(days=399)
    for day in (old, new):
        # Both were written just now: of a table the day counts.
        write(storage.tables / "events" / f"date={day}" / "part-0.parquet", 0)
    for age in (31, 29):
        write(storage.lists / f"monday-{age}" / "part-0.csv", age)
    write(storage.held_out_file, 91)
    write(tmp_path / "import_rejected.jsonl", 89)
    write(tmp_path / "history.sqlite", 5_000)
    removed = {
        store.name: store.prune(NOON)
        for store in retained_files(storage, RetentionSettings())
        if store.prune is not None
    }
    assert removed == {
        "airflow logs": 0,
        "tables of a warehouse": 1,
        "lists for e-mail": 1,
        "files of imports": 1,
    }
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {
        f"tables/events/date={new}/part-0.parquet",
        "lists/monday-29/part-0.csv",
        "import_rejected.jsonl",
        "history.sqlite",
    }


def test_zero_days_are_for_ever(tmp_path: Path) -> None:
    storage = StorageSettings(home=tmp_path)
    write(storage.held_out_file, 9_000)
    settings = RetentionSettings(tables_days=0, lists_days=0, imports_days=0)
    stores = retained_files(storage, settings)
    assert [store.prune(NOON) for store in stores if store.prune is not None] == [0, 0, 0, 0]
    assert {store.life for store in stores[1:]} == {"for ever"}

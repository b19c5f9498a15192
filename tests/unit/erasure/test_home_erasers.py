"""Files of the home folder: whoever is named goes, and nobody whose id only begins alike."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from personalization.domain.identifiers import SessionId, ShopUserId, UserId
from personalization.erasure.home_erasers import HomeErasers
from personalization.erasure.store_eraser import Erased, ErasedPeople, StoreEraser
from personalization.settings.storage import StorageSettings

ANN = ErasedPeople((SessionId("visit-1"),), (UserId("u1-ann"),))


@pytest.fixture
def erasers(tmp_path: Path) -> dict[str, StoreEraser]:
    own = {UserId("u1-ann"): ShopUserId("ann")}
    made = HomeErasers(StorageSettings(home=tmp_path), lambda _: None, lambda _: own)
    return {eraser.name: eraser for eraser in made.all()}


def write_list(file: Path, user: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    row = {"user_id": user, "session_id": "of the list", "title": "joanna's shirt"}
    if file.suffix == ".csv":
        with file.open("w", newline="") as rows:
            writer = csv.DictWriter(rows, row)
            writer.writeheader()
            writer.writerow(row)
    elif file.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([row]), file)
    else:
        file.write_text(json.dumps(row) + "\n")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_lists_are_removed_that_name_a_person_by_the_shops_own_id(
    tmp_path: Path, erasers: dict[str, StoreEraser], ending: str
) -> None:
    for user in ("ann", "joanna"):
        write_list(tmp_path / "lists" / user / f"part-0.{ending}", user)
    erased = erasers["e-mail lists"].erase(ANN)
    assert erased.removed == 1
    left = [path.parent.name for path in (tmp_path / "lists").rglob("part-*")]
    assert left == ["joanna"]


def test_lines_of_imports_are_dropped_and_others_stay_as_they_were(
    tmp_path: Path, erasers: dict[str, StoreEraser]
) -> None:
    file = tmp_path / "held_back.jsonl"
    lines = [json.dumps({"session_id": name}) for name in ("visit-1", "visit-10", "visit-2")]
    file.write_text("\n".join(lines) + "\n")
    assert erasers["imports"].erase(ANN).removed == 1
    assert file.read_text().splitlines() == lines[1:]
    before = file.stat().st_ino
    assert erasers["imports"].erase(ANN).removed == 0
    assert file.stat().st_ino == before


def test_an_id_that_is_no_single_word_is_found_as_a_whole_too(tmp_path: Path) -> None:
    odd = ErasedPeople((SessionId("visit-1"),), (UserId("ann smith"),))
    made = HomeErasers(StorageSettings(home=tmp_path), lambda _: None, lambda _: {}).all()
    (imports,) = [eraser for eraser in made if eraser.name == "imports"]
    file = tmp_path / "import_rejected.jsonl"
    lines = ['{"user": "ann smith"}', '{"user": "joann smith"}', "visit-1é", "(visit-1)"]
    file.write_text("\n".join(lines) + "\n", encoding="latin-1")
    assert imports.erase(odd).removed == 2
    assert file.read_text(encoding="latin-1").splitlines() == lines[1:3]


def test_tastes_are_dropped_from_the_files_of_generations_and_other_rows_stay(
    tmp_path: Path, erasers: dict[str, StoreEraser]
) -> None:
    assert erasers["warehouse"].erase(ANN) == Erased(0)
    tables = tmp_path / "warehouse" / "generations" / "first" / "tables"
    tastes, products = (
        tables / f"table={name}" / "part-0.parquet" for name in ("user_tastes", "product_affinity")
    )
    keys = ["u1-ann", "u1-joanna", "u1-ann", "u1-anna"]
    rows = [{"key": key, "rank": rank, "member_id": f"m{rank}"} for rank, key in enumerate(keys)]
    for file in (tastes, products):
        file.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), file, compression="zstd")
        file.with_name(f".{file.name}.crc").write_bytes(b"of the former file")

    erased = erasers["warehouse"].erase(ANN)
    assert erased == Erased(2)
    # Read by its path alone: the folder's name would be a column.
    assert pq.ParquetFile(tastes).read().to_pylist() == [rows[1], rows[3]]
    assert pq.ParquetFile(tastes).metadata.row_group(0).column(0).compression == "ZSTD"
    assert list(tastes.parent.iterdir()) == [tastes], "no checksum of the former file"
    assert pq.ParquetFile(products).read().to_pylist() == rows
    assert erasers["warehouse"].erase(ANN) == Erased(0)

"""Whole imports: again, killed, on a full disk, of nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importers.options import Holdout, ImportOptions, ImportStores
from importers.report import read_report
from importers.run import REJECTED_FILE, import_dataset
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.domain.errors import ImportRejectedError, StoreFullError
from tests.unit.importers.conftest import STAGE, Shop
from tests.unit.importers.eshop_file import HEADER, eshop_file
from tests.unit.importers.silent_progress import SilentProgress

LAST_DAY = Holdout(days=1)
KILLED_HALFWAY = """
import sys
from pathlib import Path
from importers.options import ImportOptions, Holdout
from importers.run import import_dataset
from importers.wiring import import_stores
from personalization.settings.storage import StorageSettings

class HangsHalfway:
    def stage(self, title):
        self.title = title
    def advance(self, rows, fraction):
        if self.title == "Importing" and rows >= 6000:
            print("halfway", flush=True)
            sys.stdin.read()

storage = StorageSettings(home=Path(sys.argv[2]), minimum_free_mib=0)
options = ImportOptions(storage=storage, holdout=Holdout(days=1))
with import_stores(storage) as stores:
    import_dataset(Path(sys.argv[1]), stores, options, HangsHalfway())
"""


def test_importing_twice_gives_the_same_stores_and_the_same_sessions_for_replay(
    shop: Shop, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=4)
    first = shop.import_files(file, LAST_DAY)
    once = shop.events(), shop.products(), shop.held_out()
    second = shop.import_files(file, LAST_DAY)
    assert (shop.events(), shop.products(), shop.held_out()) == once
    assert len(shop.events()) == first.events == second.events == 24
    assert first.held_back_events == second.held_back_events == 8


def test_sessions_that_were_replayed_meanwhile_are_held_back_again(
    shop: Shop, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=4)
    shop.import_files(file, LAST_DAY)
    for_replay = shop.held_out()
    shop.stores.history.append(for_replay)
    shop.import_files(file, LAST_DAY)
    assert shop.held_out() == for_replay


def test_a_killed_import_that_is_started_again_gives_the_same_as_an_undisturbed_one(
    shop: Shop, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=10, sessions_a_day=50, clicks=20)
    command = [sys.executable, "-c", KILLED_HALFWAY, str(file), str(shop.storage.home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as importing:
        assert importing.stdout is not None
        assert importing.stdout.readline() == "halfway\n"
        importing.kill()
    begun = len(shop.events())
    assert 0 < begun < 9000
    assert not shop.storage.held_out_file.exists()

    report = shop.import_files(file, LAST_DAY)
    again = shop.events(), shop.held_out()
    assert report.events == len(again[0]) == 9 * 50 * 21
    assert report.held_back_events == len(again[1]) == 50 * 21
    undisturbed = Shop(shop.storage.model_copy(update={"home": tmp_path / "other"}), shop.stores)
    undisturbed.import_files(file, LAST_DAY)
    assert (shop.events(), undisturbed.held_out()) == again
    assert not list(shop.storage.home.glob("*.buckets"))


def test_held_back_sessions_stand_one_after_the_other_by_their_start(
    shop: Shop, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=3, sessions_a_day=40)
    shop.import_files(file, Holdout(days=2))
    held_out = shop.held_out()
    runs = [
        event
        for place, event in enumerate(held_out)
        if place == 0 or held_out[place - 1].session_id != event.session_id
    ]
    assert len(runs) == 80
    assert [run.occurred_at for run in runs] == sorted(run.occurred_at for run in runs)


def test_rejected_rows_are_kept_in_full_beside_the_report(shop: Shop, tmp_path: Path) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=1)
    with file.open("a") as more:
        more.writelines(f"2008,4,31,1,29,{number},1,A1,1,28\n" for number in range(7))
        more.write("2008,4,1\n")
    report = shop.import_files(file)
    lines = (shop.storage.home / report.rejected_file).read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    assert len(kept) == report.rows_rejected == 8
    assert kept[0] == {
        "file": "clicks.csv",
        "row": 8,
        "reason": "not a date",
        "detail": "2008-4-31",
        "content": {
            "year": "2008", "month": "4", "day": "31", "order": "1", "country": "29",
            "session_id": "0", "category": "1", "model": "A1", "colour": "1", "price": "28",
        },
    }  # fmt: skip
    assert kept[-1]["content"] == "2008,4,1"
    assert report.rejected["not a date"].count == 7
    assert len(report.rejected["not a date"].examples) == 5


def test_the_report_is_stored_and_read_back(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(eshop_file(tmp_path / "clicks.csv", days=3), LAST_DAY)
    assert read_report(shop.storage.import_report_file) == report
    assert read_report(tmp_path / "none.json") is None


def test_a_second_data_set_in_the_same_home_is_noted(shop: Shop, tmp_path: Path) -> None:
    shop.import_files(eshop_file(tmp_path / "clicks.csv", days=1))
    (tmp_path / "products.csv").write_text("asin,title,stars,price\nB1,Dress,4,10\n")
    report = shop.import_files(tmp_path / "products.csv")
    assert any("eshop2008 was imported here before" in note for note in report.notes)


def test_a_report_that_cannot_be_read_does_not_stop_an_import(shop: Shop, tmp_path: Path) -> None:
    shop.storage.import_report_file.write_text("{")
    shop.import_files(eshop_file(tmp_path / "clicks.csv", days=1))
    assert read_report(shop.storage.import_report_file) is not None


def test_a_parquet_file_with_a_damaged_page_is_refused(shop: Shop, tmp_path: Path) -> None:
    rows = [
        {"asin": f"B{number}", "title": f"Dress {number}", "stars": 4.0, "price": 1.0 * number}
        for number in range(1000)
    ]
    path = tmp_path / "products.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    content = bytearray(path.read_bytes())
    content[200:2000] = b"\xff" * 1800
    path.write_bytes(content)
    with pytest.raises(ImportRejectedError, match="is damaged after row 0"):
        shop.import_files(path)


def test_a_limit_reads_no_more_rows(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(eshop_file(tmp_path / "clicks.csv", days=3), limit=4)
    assert report.rows_read == 4


def test_holding_back_everything_holds_back_nothing(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(eshop_file(tmp_path / "clicks.csv", days=3), Holdout(days=9))
    assert report.held_back_from is None
    assert report.events == 24


def test_a_folder_of_several_files_of_one_data_set_is_read_whole(
    shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    eshop_file(folder / "a.csv", days=1)
    (folder / "b.csv").write_text(f"{HEADER}\n2008,4,9,1,29,77,1,A9,1,28\n2008,4\n")
    report = shop.import_files(folder)
    assert (report.source, report.rows_read, report.sessions) == ("a.csv, b.csv", 8, 3)
    assert report.rejected["wrong number of columns"].examples[0].file == "b.csv"


def test_a_folder_of_several_data_sets_asks_which(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    eshop_file(folder / "clicks.csv", days=1)
    (folder / "products.csv").write_text("asin,title,stars,price\nB1,Dress,4,10\n")
    with pytest.raises(ImportRejectedError, match="holds several data sets"):
        shop.import_files(folder)
    assert shop.import_files(folder, dataset_format="amazon-products").products == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.csv", b"what,ever\n1,2\n", "columns what, ever"),
        ("empty.csv", b"", "no header"),
        ("some.parquet", b"not parquet at all", "not a parquet file"),
        ("clicks.csv", f"{HEADER}\n".encode(), "the file is empty"),
        ("clicks.csv", f"{HEADER}\n1,2\n".encode(), "wrong number of columns: 1"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_what_was_found(
    shop: Shop, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportRejectedError, match=message):
        shop.import_files(tmp_path / name)


def test_a_missing_file_an_empty_folder_and_an_unknown_format_are_refused(
    shop: Shop, tmp_path: Path
) -> None:
    with pytest.raises(ImportRejectedError, match="does not exist"):
        shop.import_files(tmp_path / "none.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRejectedError, match=r"holds no CSV.*Known formats"):
        shop.import_files(tmp_path / "empty")
    with pytest.raises(ImportRejectedError, match="There is no format 'x'"):
        shop.import_files(tmp_path / "empty", dataset_format="x")


def test_a_store_without_disk_space_is_told_and_the_import_goes_on_later(
    shop: Shop, tmp_path: Path
) -> None:
    file = eshop_file(tmp_path / "clicks.csv", days=3)
    crowded = SqliteCatalogue(shop.storage.catalogue_file, minimum_free_mib=1 << 40)
    stores = ImportStores(crowded, shop.stores.history, STAGE)
    options = ImportOptions(storage=shop.storage, holdout=LAST_DAY)
    with pytest.raises(StoreFullError):
        import_dataset(file, stores, options, SilentProgress())
    crowded.close()
    assert not shop.storage.import_report_file.exists()
    assert shop.import_files(file, LAST_DAY).products == 3


def test_a_disk_that_fills_up_under_our_own_files_is_told_as_such(
    shop: Shop, tmp_path: Path
) -> None:
    (shop.storage.home / REJECTED_FILE).symlink_to("/dev/full")
    file = eshop_file(tmp_path / "clicks.csv", days=1)
    with file.open("a") as more:
        more.write("broken\n")
    with pytest.raises(StoreFullError):
        shop.import_files(file)

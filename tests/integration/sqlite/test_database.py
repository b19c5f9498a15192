"""The file under every SQLite store: schema, durability, threads, errors."""

import gc
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.database import Database
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.read_pool import ReadPool
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId
from personalization.ports.event_log import Message
from tests.builders.event import an_event
from tests.builders.product import a_product

HISTORY = [
    (1, "events"),
    (2, "written_day"),
    (3, "order_lines"),
    (4, "variants"),
    (5, "consent"),
    (6, "people"),
    (7, "event_days"),
]
"""The migrations of the history, in their order."""


def migrations_of(file: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()


def test_each_migration_is_recorded_and_applied_once(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    for _ in range(2):
        with closing(SqliteEventHistory(file)) as history:
            history.append([an_event()])
            assert list(history.days().values()) == [1]
        assert migrations_of(file) == HISTORY


def test_a_file_that_lacks_a_migration_gets_it_and_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE of_before (row); INSERT INTO of_before VALUES (1);")
    with closing(SqliteEventHistory(file)) as history:
        history.append([an_event()])
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT row FROM of_before").fetchall() == [(1,)]
    assert migrations_of(file) == HISTORY


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.sqlite"
    SqliteCatalogue(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, 'tomorrow', '')")
        connection.commit()
    with pytest.raises(StoreUnavailableError, match="newer version"):
        SqliteCatalogue(file)


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)

    def open_together(_: int) -> int:
        barrier.wait(10)
        with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as catalogue:
            return catalogue.product_count()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_together, range(8))) == [0] * 8


def test_what_is_written_is_synchronised_before_the_write_returns(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        assert database.read("PRAGMA journal_mode") == [("wal",)]
        full = 2
        assert database.read("PRAGMA synchronous") == [(full,)]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail_after_a_write(database: Database) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO categories (category_id, name) VALUES ('a', 'A')")
            raise RuntimeError

    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        with pytest.raises(RuntimeError):
            fail_after_a_write(database)
        assert database.read("SELECT count(*) FROM categories") == [(0,)]
        database.write_rows(
            "INSERT INTO categories (category_id, name) VALUES (?, ?)", [("b", "B")]
        )
        assert database.read("SELECT category_id FROM categories") == [("b",)]


def test_a_file_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        with database.transaction() as connection:
            connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailableError, match=r"one\.sqlite"):
            database.write_rows(
                "INSERT INTO categories (category_id, name) VALUES (?, ?)", [("b", "B")]
            )
        # The connection that failed is not kept.
        database.write_rows(
            "INSERT INTO categories (category_id, name) VALUES (?, ?)", [("b", "B")]
        )
        assert database.read("SELECT category_id FROM categories") == [("b",)]


def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "one.sqlite").mkdir()
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        Database(tmp_path / "one.sqlite", "catalogue")


def test_a_file_that_is_none_of_sqlites_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "one.sqlite").write_bytes(b"nonsense" * 1_000)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        Database(tmp_path / "one.sqlite", "catalogue")


def open_files(file: Path) -> int:
    """Return how many descriptors of this process are the file, its log or its index."""
    links = [link.resolve() for link in Path("/proc/self/fd").iterdir()]
    return sum(link.name.startswith(f"{file.name}") for link in links)


def test_threads_that_end_leave_no_connection_behind(tmp_path: Path) -> None:
    file = tmp_path / "one.sqlite"

    def read_and_write(number: int) -> None:
        database.read("SELECT count(*) FROM categories")
        database.write_rows(
            "INSERT INTO categories (category_id, name) VALUES (?, ?)", [(str(number), "B")]
        )

    # The collector of garbage may not be what closes them.
    gc.disable()
    try:
        with closing(Database(file, "catalogue")) as database:
            read_and_write(0)
            before = open_files(file)
            for number in range(1, 31):
                thread = threading.Thread(target=read_and_write, args=(number,))
                thread.start()
                thread.join()
            assert open_files(file) == before
            assert database.read("SELECT count(*) FROM categories") == [(31,)]
        assert open_files(file) == 0
    finally:
        gc.enable()


def test_reads_share_few_connections_and_wait_for_them_within_bounds(tmp_path: Path) -> None:
    file = tmp_path / "one.sqlite"
    pool = ReadPool(lambda: sqlite3.connect(file, check_same_thread=False), 2, wait_seconds=0.05)
    with pool.borrow() as first, pool.borrow() as second:
        assert first is not second
        with pytest.raises(StoreUnavailableError, match="wait for their turn"), pool.borrow():
            pass
    with pool.borrow() as again:
        assert again in {first, second}
    pool.close()
    assert open_files(file) == 0
    with pytest.raises(StoreUnavailableError, match="closed"), pool.borrow():
        pass


def test_what_is_lent_is_closed_when_it_comes_back_to_a_closed_pool(tmp_path: Path) -> None:
    file = tmp_path / "one.sqlite"
    pool = ReadPool(lambda: sqlite3.connect(file, check_same_thread=False))
    with pool.borrow() as lent:
        pool.close()
        assert lent.execute("SELECT 1").fetchall() == [(1,)]
    assert open_files(file) == 0


def test_a_consumer_that_is_closed_leaves_no_connection_behind(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    with closing(SqliteEventLog(file)) as log:
        log.publish("things", [Message("key", b"x")]).result(10)
        found = []
        for _ in range(10):
            with closing(log.consumer("group", ["things"])) as consumer:
                assert len(consumer.poll(10, 0.0)) == 1
            found.append(open_files(file))
        # SQLite keeps the first one's descriptors for the next ones: a close would end the
        # locks that the process has on the file.
        assert found == found[:1] * 10
    assert open_files(file) == 0


_WITHOUT_DESCRIPTORS = """
import os, resource, sys
from contextlib import suppress
from pathlib import Path
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.adapters.sqlite.read_pool import ReadPool
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.product import Category

catalogue = SqliteCatalogue(Path(sys.argv[1]) / "catalogue.sqlite")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
with suppress(OSError):
    while True:
        taken.append(os.open("/dev/null", os.O_RDONLY))
refused = 0
for _ in range(3):
    try:
        catalogue.all_categories()
    except StoreUnavailableError:
        refused += 1
for descriptor in taken:
    os.close(descriptor)
catalogue.write_categories([Category(category_id="a", name="A")])
assert len(catalogue.all_categories()) == 1
print(refused)
"""


def test_a_store_that_found_no_descriptor_works_again_once_there_are_some(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT_DESCRIPTORS, str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout.strip()) == (0, "3"), ended.stderr


def test_a_closed_file_takes_no_more_writes(tmp_path: Path) -> None:
    catalogue = SqliteCatalogue(tmp_path / "catalogue.sqlite")
    for _ in range(2):
        catalogue.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        catalogue.write_products([a_product()])


def test_stores_on_one_file_all_get_their_writes_in(tmp_path: Path) -> None:
    stores = [SqliteCatalogue(tmp_path / "catalogue.sqlite") for _ in range(4)]

    def write_often(store: SqliteCatalogue) -> None:
        for number in range(50):
            store.write_products([a_product(product_id=ProductId(f"{id(store)}-{number}"))])
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_often, stores))
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        assert catalogue.product_count() == 200

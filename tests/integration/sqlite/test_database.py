"""The file under every SQLite store: schema, durability, threads, errors."""

import gc
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.database import Database
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId
from tests.builders.event import an_event
from tests.builders.product import a_product


def migrations_of(file: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()


def test_each_migration_is_recorded_and_applied_once(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    for _ in range(2):
        with closing(SqliteEventHistory(file)) as history:
            history.append([an_event()])
            assert list(history.days().values()) == [1]
        assert migrations_of(file) == [(1, "events")]


def test_a_file_that_lacks_a_migration_gets_it_and_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE of_before (row); INSERT INTO of_before VALUES (1);")
    with closing(SqliteEventHistory(file)) as history:
        history.append([an_event()])
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT row FROM of_before").fetchall() == [(1,)]
    assert migrations_of(file) == [(1, "events")]


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
            connection.execute("INSERT INTO categories VALUES ('a', 'A')")
            raise RuntimeError

    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        with pytest.raises(RuntimeError):
            fail_after_a_write(database)
        assert database.read("SELECT count(*) FROM categories") == [(0,)]
        database.write_rows("INSERT INTO categories VALUES (?, ?)", [("b", "B")])
        assert database.read("SELECT category_id FROM categories") == [("b",)]


def test_a_file_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        database.connection().execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailableError, match=r"one\.sqlite"):
            database.write_rows("INSERT INTO categories VALUES (?, ?)", [("b", "B")])


def test_a_folder_in_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "one.sqlite").mkdir()
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        Database(tmp_path / "one.sqlite", "catalogue")


def test_each_thread_has_a_connection_that_ends_with_it(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "one.sqlite", "catalogue")) as database:
        mine = database.connection()
        assert database.connection() is mine
        with ThreadPoolExecutor(4) as pool:
            barrier = threading.Barrier(4)

            def identify(_: int) -> int:
                barrier.wait(10)
                return id(database.connection())

            assert len({id(mine), *pool.map(identify, range(4))}) == 5
            assert len(database._opened) == 5  # noqa: SLF001 - no other way to see a leak
        # The driver's cache of statements refers back to its connection.
        gc.collect()
        assert len(database._opened) == 1  # noqa: SLF001 - as above


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

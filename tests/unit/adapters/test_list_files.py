"""The file of a generation: found by hash in any number of parts, told apart from damage."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from personalization.adapters.sqlite.list_files.layout import MARK, PLACE, ROW, ROW_READER, hash_of
from personalization.adapters.sqlite.list_files.list_file import ListFile
from personalization.adapters.sqlite.list_files.list_file_eraser import write_without
from personalization.adapters.sqlite.list_files.list_file_writer import write_list_file
from personalization.adapters.sqlite.list_files.list_folder import MOST_OPEN, ListFolder
from personalization.adapters.sqlite.prior_store import LISTS_FOLDER, SqlitePriorStore
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.domain.identifiers import GenerationId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import PriorTable, RankedList, RankedMember
from tests.builders.generation import a_generation
from tests.builders.ranked_list import a_ranked_list

TABLE = PriorTable.PRODUCT_AFFINITY
FIRST = GenerationId("generation-1")


def _lists(count: int) -> dict[str, RankedList]:
    generator = np.random.default_rng(3)
    return {
        f"product-{number}": tuple(
            RankedMember(f"p{generator.integers(9_999)}é", strength, strength * 3, number)
            for strength in sorted(generator.random(number % 7).tolist(), reverse=True)
        )
        for number in range(count)
    }


def _batches(lists: dict[str, RankedList], size: int = 100) -> list[ListColumns]:
    names = list(lists)
    return [
        ListColumns.of(TABLE, {name: lists[name] for name in names[start : start + size]})
        for start in range(0, len(names), size)
    ]


@pytest.mark.parametrize("sorted_at_once", [1_000_000, 400, 60])
def test_every_list_is_found_however_many_parts_its_table_has(
    tmp_path: Path, sorted_at_once: int
) -> None:
    lists = _lists(1_000)
    write_list_file(tmp_path / "made", _batches(lists), sorted_at_once)
    file = ListFile(tmp_path / "made")
    file.check()
    assert {name: file.read(TABLE, name) for name in lists} == lists
    assert file.read(TABLE, "product-1000") is None
    assert file.read(PriorTable.TRENDING, "product-1") is None
    assert sorted(key for _, key in file.all_keys()) == sorted(lists)


def test_the_file_is_read_by_its_layout() -> None:
    assert ROW_READER.size == ROW.itemsize == 26
    assert PLACE.itemsize == 36
    # Another hash would leave every list of a kept generation unfound.
    assert hash_of(b"product-1") == 0x8077D62457BEE573


def test_a_generation_without_lists_has_a_file_of_none(tmp_path: Path) -> None:
    write_list_file(tmp_path / "made", [])
    assert ListFile(tmp_path / "made").read(TABLE, "a") is None


def test_a_damaged_file_is_told_of_before_it_is_registered(tmp_path: Path) -> None:
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        store.write_whole(FIRST, _batches(_lists(50)))
        [path] = (tmp_path / LISTS_FOLDER).iterdir()
        content = bytearray(path.read_bytes())
        content[len(MARK) + 40] ^= 1
        path.write_bytes(content)
        with pytest.raises(StoreUnavailableError, match="run the night again"):
            store.register(a_generation())
        assert store.generations() == []


@pytest.mark.parametrize("kept", [0, 20, 700, -1])
def test_a_file_that_was_cut_short_is_no_file_of_lists(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "made"
    write_list_file(path, _batches(_lists(50)))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreUnavailableError, match="damaged"):
        ListFile(path)


def test_who_reads_a_generation_reads_on_after_it_was_discarded(tmp_path: Path) -> None:
    lists = _lists(50)
    keys = [(TABLE, name) for name in lists]
    path = tmp_path / "priors.sqlite"
    with (
        closing(SqlitePriorStore(path, 0)) as night,
        closing(SqlitePriorStore(path, 0)) as scorer,
        closing(SqlitePriorStore(path, 0)) as newcomer,
    ):
        night.write_whole(FIRST, _batches(lists))
        night.register(a_generation())
        half = scorer.read_many(FIRST, keys[:25])
        night.discard(FIRST)
        assert list((tmp_path / LISTS_FOLDER).iterdir()) == []
        assert {**half, **scorer.read_many(FIRST, keys[25:])} == dict(
            zip(keys, lists.values(), strict=True)
        )
        assert newcomer.read_many(FIRST, keys) == {}


def test_a_process_keeps_few_files_open(tmp_path: Path) -> None:
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        names = [GenerationId(f"made {number}/é") for number in range(MOST_OPEN + 1)]
        for name in names:
            store.write_whole(name, _batches({"a": a_ranked_list(name)}))
            assert store.read_many(name, [(TABLE, "a")]) == {(TABLE, "a"): a_ranked_list(name)}
        for path in (tmp_path / LISTS_FOLDER).iterdir():
            path.unlink()
        assert store.read_many(names[0], [(TABLE, "a")]) == {}
        assert store.read_many(names[-1], [(TABLE, "a")])


def test_what_could_not_be_written_whole_leaves_the_former_lists(tmp_path: Path) -> None:
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        store.write_whole(FIRST, _batches({"a": a_ranked_list("b")}))
    with (
        closing(SqlitePriorStore(tmp_path / "priors.sqlite", 10**9)) as store,
        pytest.raises(StoreFullError),
    ):
        store.write_whole(FIRST, _batches({"a": a_ranked_list("c")}))
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        assert store.read_many(FIRST, [(TABLE, "a")]) == {(TABLE, "a"): a_ranked_list("b")}
    assert len(list((tmp_path / LISTS_FOLDER).iterdir())) == 1


USERS = PriorTable.USER_TASTES
GONE = [(USERS, "product-7"), (USERS, "product-500"), (USERS, "product-999")]


def _of_users(lists: dict[str, RankedList]) -> list[ListColumns]:
    names = list(lists)
    return [
        ListColumns.of(USERS, {name: lists[name] for name in names[start : start + 70]})
        for start in range(0, len(names), 70)
    ]


@pytest.mark.parametrize("sorted_at_once", [1_000_000, 60])
def test_a_file_without_some_lists_has_all_others_and_is_whole(
    tmp_path: Path, sorted_at_once: int
) -> None:
    lists = _lists(1_000)
    path, target = tmp_path / "made", tmp_path / "without"
    write_list_file(path, [*_batches(lists), *_of_users(lists)], sorted_at_once)
    found = write_without(path, target, [*GONE, (USERS, "nobody")], lambda: None)
    assert list(found) == GONE
    file = ListFile(target)
    file.check()
    assert target.stat().st_size < path.stat().st_size
    gone = {name for _, name in GONE}
    for name, members in lists.items():
        assert file.read(TABLE, name) == members
        assert file.read(USERS, name) == (None if name in gone else members)
    assert sorted(key for _, key in file.all_keys()) == sorted(lists)
    again = tmp_path / "again"
    assert not write_without(target, again, GONE, lambda: None)
    assert not again.exists()


def test_of_what_was_erased_no_byte_is_left_not_even_where_somebody_has_the_file_open(
    tmp_path: Path,
) -> None:
    ann, members = "u1-marker-of-ann", (RankedMember("category:marked-coats", 1.0, 2.0, 3),)
    lists = {**_lists(50), ann: members}
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        store.write_whole(FIRST, _of_users(lists))
        [path] = (tmp_path / LISTS_FOLDER).iterdir()
        reader, held = ListFile(path), path.open("rb")
        with held:
            assert held.read().count(b"marke") == 2
            assert store.erase([(USERS, ann)]) == {(USERS, ann): 1}
            held.seek(0)
            assert b"marke" not in held.read()
        assert reader.read(USERS, ann) is None
        assert reader.read(USERS, "product-6") == lists["product-6"]
        [left] = (tmp_path / LISTS_FOLDER).iterdir()
        assert b"marke" not in left.read_bytes()


def test_an_erasure_that_fails_halfway_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        store.write_whole(FIRST, _of_users(_lists(50)))
    [path] = (tmp_path / LISTS_FOLDER).iterdir()
    before = path.read_bytes()
    with pytest.raises(StoreFullError):
        ListFolder(path.parent, 2**40).erase([(USERS, "product-6")], ())
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == before


def test_a_damaged_file_does_not_keep_others_from_an_erasure(tmp_path: Path) -> None:
    key = (USERS, "product-6")
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as store:
        store.write_whole(FIRST, _of_users(_lists(50)))
        (tmp_path / LISTS_FOLDER / "a-damaged-one.lists").write_bytes(bytes(5_000))
        with pytest.raises(StoreUnavailableError, match="a-damaged-one"):
            store.erase([key])
        assert store.read_many(FIRST, [key]) == {}

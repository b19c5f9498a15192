"""How far two generations are apart, by numbers worked out by hand."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from nightly.generations.comparison import compare_folders, compare_sketches, stability_index
from nightly.generations.generation_tables import ListBatch
from nightly.generations.sketch import (
    GenerationSketch,
    GenerationSketcher,
    ShareSketch,
    ShareSketcher,
    TableSketch,
    TableSketcher,
    hashes_of,
)
from nightly.generations.sketch_file import SKETCH_FILE, sketch_of, write_sketch
from personalization.domain.errors import UnknownNameError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable
from personalization.domain.quality.gate import GateName
from personalization.priors.drift.generation_drift import GenerationDrift, Mover, TableDrift
from personalization.priors.gates.drift_readings import drift_readings

AFFINITY = PriorTable.PRODUCT_AFFINITY
Lists = Mapping[str, Mapping[str, float]]


def _batches(lists: Lists, size: int = 3) -> Iterator[ListBatch]:
    """Yield the lists, a few in each batch."""
    entries = list(lists.items())
    for start in range(0, len(entries), size):
        rows = [
            {"key": key, "rank": rank, "member_id": member, "strength": strength}
            for key, members in entries[start : start + size]
            for rank, (member, strength) in enumerate(members.items(), start=1)
        ]
        yield ListBatch(pa.Table.from_pylist(rows))


def _table(lists: Lists, kept: int = 100) -> TableSketch:
    sketcher = TableSketcher(AFFINITY, kept)
    assert sum(len(batch.keys) for batch in sketcher.watch(_batches(lists))) == len(lists)
    return sketcher.sketch()


def _sketch(table: TableSketch, **shares: float) -> GenerationSketch:
    return GenerationSketch({table.table: table}, _shares(shares))


def _shares(shares: Mapping[str, float], products: int | None = None) -> ShareSketch:
    return ShareSketch(dict(shares), products or len(shares), 1.0)


def _compare(before: GenerationSketch, now: GenerationSketch) -> GenerationDrift:
    return compare_sketches((GenerationId("old"), before), (GenerationId("new"), now))


def _drift(before: TableSketch, now: TableSketch) -> TableDrift:
    return _compare(_sketch(before), _sketch(now)).tables[0]


def test_a_generation_is_no_way_from_itself() -> None:
    table = _table({f"p{number}": {"a": 1.0, "b": 0.5} for number in range(20)})
    drift = _compare(_sketch(table, a=0.7, b=0.3), _sketch(table, a=0.7, b=0.3))
    [affinity] = drift.tables
    assert (affinity.overlap, affinity.unchanged, affinity.gone, affinity.came) == (1, 1, 0, 0)
    assert drift.popularity.index == 0
    assert not drift.popularity.rose + drift.popularity.fell + affinity.rose + affinity.fell


def test_lists_that_came_and_went_and_members_that_rose_and_fell_are_told() -> None:
    before = _table({"x": {"a": 1.0, "b": 0.5}, "y": {"a": 1.0}, "gone": {"a": 1.0}})
    now = _table({"x": {"a": 1.0, "c": 0.9}, "y": {"a": 0.8}, "new": {"a": 1.0}, "too": {"b": 1}})
    drift = _drift(before, now)
    assert (drift.lists_before, drift.lists_now, drift.compared) == (3, 4, 2)
    assert (drift.gone, drift.came) == (1 / 3, 1 / 2)
    assert drift.overlap == pytest.approx((1 / 3 + 1) / 2)
    assert drift.unchanged == 1 / 2
    assert drift.strength_change == pytest.approx(0.1)
    assert drift.rose == (Mover(key="x", member="c", before=0, now=0.9),)
    assert [mover.member for mover in drift.fell] == ["b", "a"]


def test_a_member_that_comes_from_beyond_the_first_ten_rose_by_no_more_than_is_known() -> None:
    first = {f"m{number}": 1.0 - number / 20 for number in range(10)}
    before = _table({"x": {**first, "hidden": 0.54}})
    now = _table({"x": {"hidden": 1.0, **first}})
    drift = _drift(before, now)
    [rose] = drift.rose
    # The tenth had 0.55, what comes behind it at most that.
    assert (rose.member, rose.before, rose.now) == ("hidden", 0.55, 1.0)
    assert drift.fell == ()


def test_the_same_keys_are_drawn_of_two_large_tables() -> None:
    lists = {f"p{number:04d}": {"a": 1.0} for number in range(2_000)}
    before = _table(lists, kept=200)
    later = {key: members for key, members in lists.items() if key >= "p0200"}
    drift = _drift(before, _table({**later, **{f"q{n}": {"a": 1.0} for n in range(200)}}, 200))
    assert len(before.first) == 200
    assert (drift.lists_before, drift.lists_now) == (2_000, 2_000)
    # A tenth went and came; drawn are two hundred.
    assert drift.drawn == pytest.approx(200, abs=40)
    assert drift.gone == pytest.approx(0.1, abs=0.06)
    assert drift.came == pytest.approx(0.1, abs=0.06)


def test_what_is_drawn_is_bounded_and_whole_below_its_bound() -> None:
    keys = [f"p{number:04d}" for number in range(1_000)]
    table = _table({key: {"a": 1.0} for key in keys}, kept=50)
    hashes = dict(zip(keys, hashes_of(keys, len(keys)).tolist(), strict=True))
    assert set(table.first) == {key for key in keys if hashes[key] <= table.bound}
    assert len(table.first) == 50


def test_the_largest_shares_are_kept_and_all_are_counted() -> None:
    sketcher = ShareSketcher(kept=2)
    lists = {f"p{number}": {"popularity": number / 10, "rating": 1.0} for number in range(9)}
    assert len(list(sketcher.watch(_batches(lists)))) == 3
    sketch = sketcher.sketch()
    assert sketch.largest == {"p8": 0.8, "p7": 0.7}
    assert (sketch.products, sketch.floor, sketch.total) == (9, 0.7, pytest.approx(3.6))


def _index(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    return stability_index(_shares(before), _shares(now))


def test_the_stability_index_is_that_of_the_textbook() -> None:
    # Each product is half of the mass: bins 0 and 5.
    expected = (0.75 - 0.5) * math.log(0.75 / 0.5) + (0.25 - 0.5) * math.log(0.25 / 0.5)
    assert _index({"a": 0.5, "b": 0.5}, {"a": 0.75, "b": 0.25}) == pytest.approx(expected)


def test_the_index_is_large_where_everything_is_new_and_0_where_nothing_is_known() -> None:
    assert _index({"a": 1.0}, {"b": 1.0}) > 5
    nothing = ShareSketch({}, 0, 0.0)
    assert stability_index(nothing, _shares({"b": 1.0})) == 0
    assert stability_index(_shares({"a": 1.0}), nothing) == 0


def test_products_at_the_edge_of_what_is_kept_are_no_drift() -> None:
    # Thousands have a ten-thousandth each: which of them are kept is chance.
    head = {"a": 0.4, "b": 0.2}
    before = _shares({**head, **{f"x{n}": 0.0001 for n in range(500)}}, 4_000)
    now = _shares({**head, **{f"y{n}": 0.0001 for n in range(500)}}, 4_000)
    assert stability_index(before, now) == 0
    table = _table({"x": {"a": 1.0}})
    sketches = [GenerationSketch({AFFINITY: table}, shares) for shares in (before, now)]
    popularity = _compare(*sketches).popularity
    assert popularity.appeared == popularity.vanished == ()
    moved = _shares({"new": 0.2, **now.largest, "a": 0.2}, 4_000)
    assert stability_index(before, moved) > 0.25


def test_products_that_appeared_and_vanished_are_named_with_their_share() -> None:
    table = _table({"x": {"a": 1.0}})
    drift = _compare(_sketch(table, a=0.6, old=0.4), _sketch(table, a=0.7, new=0.3)).popularity
    assert [mover.member for mover in drift.appeared] == ["new"]
    assert [(mover.member, mover.before) for mover in drift.vanished] == [("old", 0.4)]
    assert drift.rose[0].member == "new"
    assert drift.fell[0].member == "old"


def test_what_people_like_is_kept_nowhere() -> None:
    sketcher = GenerationSketcher()
    lists = {"ann": {"product:a": 1.0}}
    assert len(list(sketcher.watch(PriorTable.USER_TASTES, _batches(lists)))) == 1
    assert sketcher.sketch().tables == {}


def test_a_sketch_is_the_same_from_its_file_as_from_the_tables(tmp_path: Path) -> None:
    sketcher = GenerationSketcher()
    lists = {"x": {"popularity": 0.5, "rating": 0.2}, "y": {"popularity": 0.25}}
    assert list(sketcher.watch(PriorTable.PRODUCT_PRIORS, _batches(lists)))
    assert list(sketcher.watch(AFFINITY, _batches({"x": {"a": 1.0}})))
    write_sketch(sketcher.sketch(), tmp_path)
    assert sketch_of(tmp_path) == sketcher.sketch()
    assert sketch_of(tmp_path).shares.largest == {"x": 0.5, "y": 0.25}


def test_an_empty_generation_has_a_sketch(tmp_path: Path) -> None:
    empty = GenerationSketcher().sketch()
    write_sketch(empty, tmp_path)
    assert sketch_of(tmp_path) == empty
    assert _compare(empty, empty).tables == ()


def test_a_generation_whose_files_are_gone_is_named_beside_those_that_are_kept(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "generations" / "g2"
    kept.mkdir(parents=True)
    (kept / SKETCH_FILE).touch()
    with pytest.raises(UnknownNameError, match=r"'g1'.*discarded.*There are: g2"):
        compare_folders(tmp_path, GenerationId("g1"), GenerationId("g2"))


def test_tables_that_vary_and_lists_without_an_order_are_not_judged() -> None:
    table = _table({"x": {"a": 1.0}})
    tables = (table, replace(table, table=PriorTable.TRENDING))
    sketch = GenerationSketch({kept.table: kept for kept in tables}, _shares({"a": 1.0}))
    readings = list(drift_readings(_compare(sketch, sketch), may_stop=True))
    assert [(reading.gate, reading.place) for reading in readings] == [
        (GateName.POPULARITY_DRIFT, "against old"),
        (GateName.LIST_DRIFT, "product_affinity"),
        (GateName.KEY_DRIFT, "product_affinity"),
    ]

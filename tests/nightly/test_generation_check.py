"""A generation that is incomplete, unsound or much smaller never gets past its check."""

from pathlib import Path

import numpy as np
import pytest

from nightly.generations import generation_tables
from nightly.generations.generation_check import check_generation, complete
from nightly.generations.generation_tables import read_lists
from nightly.generations.list_checks import KINDS
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import PriorTable
from personalization.neighbours.index_bytes import encode_index
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.session_index import build_index
from personalization.priors.warehouse import COVERED_PRODUCTS, SESSION_INDEX_FILE
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.nightly.generation_folder import GenerationFolder, Row, a_row


@pytest.fixture
def nightly_folder(tmp_path: Path) -> GenerationFolder:
    """Return a folder whose one table is still to be written."""
    return GenerationFolder.make(tmp_path)


def test_a_sound_generation_is_described_in_its_manifest(nightly_folder: GenerationFolder) -> None:
    nightly_folder.put(
        PriorTable.POPULAR_PRODUCTS, a_row(), a_row(rank=2, member_id="b", strength=0.5)
    )
    generation = check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert generation.rows_by_table == {"popular_products": 2}
    assert generation.absent["bundles"] == "no data"
    assert generation.parameters["made_of"] == "x"
    assert generation.parameters["period_from"] == "2026-06-29"


def test_the_sessions_of_the_index_are_counted_and_a_damaged_index_is_refused(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row())
    encoded = encode_index(build_index([PastSession(1, ("a", "b")), PastSession(2, ("b", "a"))]))
    file = nightly_folder.folder / SESSION_INDEX_FILE
    file.write_bytes(encoded)
    made = check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert made.rows_by_table["session_index"] == 2
    file.write_bytes(encoded[:-1])
    with pytest.raises(GenerationRejectedError, match="session index is damaged"):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


def test_a_night_run_again_keeps_the_time_it_was_first_made(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row())
    first = a_generation(generation_id=nightly_folder.plan.generation_id)
    later = NOON.replace(year=2030)
    assert (
        check_generation(nightly_folder.plan, nightly_folder.folder, later, [first]).created_at
        == NOON
    )


def test_a_table_that_is_neither_there_nor_explained_is_a_fault(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(PriorTable.TRENDING, a_row())
    with pytest.raises(GenerationRejectedError, match="popular_products"):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


def test_a_generation_of_nothing_but_reasons_is_refused(nightly_folder: GenerationFolder) -> None:
    nightly_folder.explain({table.value for table in PriorTable})
    with pytest.raises(GenerationRejectedError, match="empty"):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([a_row(rank=2)], "ranks are not"),
        ([a_row(), a_row(rank=2)], "a member comes twice"),
        ([a_row(strength=1.1)], "not in 0..1"),
        ([a_row(strength=-0.1)], "not in 0..1"),
        ([a_row(strength=float("nan"))], "not in 0..1"),
        ([a_row(strength=0.1), a_row(rank=2, member_id="b")], "do not fall"),
        ([a_row(value=float("inf"))], "not a finite number"),
        ([a_row(value=None)], "not a finite number"),
        ([a_row(support=-1)], "negative"),
        ([a_row(member_id="gone")], "nobody knows gone"),
        ([a_row(key="cosmos")], "nobody knows the key"),
        ([a_row(), a_row(key="region:pl"), a_row()], "the key comes twice"),
    ],
)
def test_an_unsound_list_is_refused_with_what_is_wrong(
    nightly_folder: GenerationFolder, rows: list[Row], fault: str
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, *rows)
    with pytest.raises(GenerationRejectedError, match=fault):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


@pytest.mark.parametrize(
    ("table", "key", "member", "known"),
    [
        (PriorTable.LAG_AFFINITY, "a@1", "b", True),
        (PriorTable.LAG_AFFINITY, "a@9", "b", False),
        (PriorTable.LAG_AFFINITY, "a", "b", False),
        (PriorTable.CATEGORY_AFFINITY, "shirts", "shirts", True),
        (PriorTable.CATEGORY_AFFINITY, "shirts", "a", False),
        (PriorTable.RATED_PRODUCTS, "global", "a", True),
        (PriorTable.RATED_PRODUCTS, "shirts", "a", False),
        (PriorTable.PRODUCT_PRIORS, "a", "popularity_season:summer", True),
        (PriorTable.PRODUCT_PRIORS, "a", "popularity_", False),
        (PriorTable.PRODUCT_PRIORS, "a", "popularity_season", False),
        (PriorTable.PRODUCT_PRIORS, "a", "trending", False),
        (PriorTable.PRODUCT_PRIORS, "a", "rating", True),
        (PriorTable.BUNDLES, "a", "a+b", False),
        (PriorTable.PRODUCT_PRIORS, "a", "brand:nike", True),
        (PriorTable.PRODUCT_PRIORS, "a", "price", True),
        (PriorTable.USER_TASTES, "ann", "product:a", True),
        (PriorTable.USER_TASTES, "ann", "product:gone", False),
        (PriorTable.USER_TASTES, "ann", "category:shirts", True),
        (PriorTable.USER_TASTES, "ann", "size:m", True),
        (PriorTable.USER_TASTES, "ann", "price:spread", True),
        (PriorTable.USER_TASTES, "ann", "price:median", False),
    ],
)
def test_keys_and_members_are_what_their_table_says(
    nightly_folder: GenerationFolder, table: PriorTable, key: str, member: str, *, known: bool
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row())
    nightly_folder.put(table, a_row(key=key, member_id=member))
    if known:
        assert (
            check_generation(nightly_folder.plan, nightly_folder.folder, NOON).rows_by_table[
                table.value
            ]
            == 1
        )
        return
    with pytest.raises(GenerationRejectedError, match="nobody knows"):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


def test_every_table_has_its_kinds_of_keys_and_members() -> None:
    assert set(KINDS) == set(PriorTable)


def test_covered_products_are_those_with_priors(nightly_folder: GenerationFolder) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row())
    nightly_folder.put(
        PriorTable.PRODUCT_PRIORS,
        a_row(key="a", member_id="popularity"),
        a_row(key="a", member_id="rating", rank=2),
        a_row(key="b", member_id="popularity"),
    )
    generation = check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert generation.parameters[COVERED_PRODUCTS] == "2"


def test_the_lists_of_several_files_are_checked_and_counted_together(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row())
    nightly_folder.put(PriorTable.PRODUCT_PRIORS, a_row(key="a", member_id="rating"))
    nightly_folder.put(
        PriorTable.PRODUCT_PRIORS,
        a_row(key="b", member_id="popularity"),
        a_row(key="b", member_id="rating", rank=2),
        file="part-00001",
    )
    generation = check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert generation.rows_by_table["product_priors"] == 3
    assert generation.parameters[COVERED_PRODUCTS] == "2"


def test_a_key_that_comes_again_in_another_file_is_refused_by_its_name(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row(), a_row(key="region:pl"))
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, a_row(key="region:pl"), file="part-00001")
    with pytest.raises(GenerationRejectedError) as refused:
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert str(refused.value).count("comes twice") == 1
    assert "popular_products of region:pl: the key comes twice" in str(refused.value)


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 4, 100])
def test_lists_that_are_split_over_batches_are_read_whole(
    nightly_folder: GenerationFolder, batch_rows: int
) -> None:
    table, lengths = PriorTable.POPULAR_PRODUCTS, {"global": 3, "region:pl": 1, "region:de": 4}
    written = [
        a_row(key=key, rank=rank + 1) for key, length in lengths.items() for rank in range(length)
    ]
    nightly_folder.put(table, *written[:4])
    nightly_folder.put(table, *written[4:], file="part-00001")
    batches = list(read_lists(nightly_folder.folder, table, batch_rows))
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    assert rows == written
    found = {
        key: int(length)
        for batch in batches
        for key, length in zip(batch.keys.to_pylist(), np.diff(batch.starts), strict=True)
    }
    assert found == lengths


def test_every_faulty_list_of_a_batch_is_told_by_its_own_faults(
    nightly_folder: GenerationFolder,
) -> None:
    nightly_folder.put(
        PriorTable.POPULAR_PRODUCTS,
        a_row(),
        a_row(key="region:de", member_id="gone"),
        a_row(key="region:de", rank=2, member_id="b", strength=0.5),
        a_row(key="region:fr", strength=0.1),
        a_row(key="region:fr", rank=3, member_id="b", strength=0.2),
        # A list may begin with more than the one before ends with.
        a_row(key="season:winter"),
    )
    with pytest.raises(GenerationRejectedError) as refused:
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)
    assert str(refused.value) == (
        "The generation has faults: popular_products of region:de: nobody knows gone; "
        "popular_products of region:fr: ranks are not 1, 2, 3 and so on; "
        "popular_products of region:fr: strengths do not fall with the rank."
    )


def test_a_list_without_an_end_is_refused_before_it_fills_the_memory(
    nightly_folder: GenerationFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation_tables, "MOST_MEMBERS", 2)
    rows = [a_row(rank=rank) for rank in (1, 2, 3)]
    nightly_folder.put(PriorTable.POPULAR_PRODUCTS, *rows)
    with pytest.raises(GenerationRejectedError, match="a list of more than 2 members"):
        check_generation(nightly_folder.plan, nightly_folder.folder, NOON)


def test_a_complete_generation_takes_the_place_of_its_earlier_run(
    nightly_folder: GenerationFolder, tmp_path: Path
) -> None:
    old = tmp_path / "generations" / nightly_folder.folder.name / "old"
    old.mkdir(parents=True)
    moved = complete(a_generation(), nightly_folder.folder, tmp_path)
    assert not old.exists()
    assert (moved / "manifest.json").exists()
    assert (moved / "reports").exists()
    assert not nightly_folder.folder.exists()

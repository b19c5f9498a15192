"""A complete generation gets into the store whole, and old ones make room."""

from datetime import timedelta
from pathlib import Path

import pytest

from nightly.generations.generation_check import check_generation, complete
from nightly.generations.publication import discard_old, load, load_index, register
from nightly.wiring import NightlyStores
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation, PriorTable, RankedMember
from personalization.ports.prior_store import PriorStore
from personalization.priors.warehouse import SESSION_INDEX_FILE
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.nightly.generation_folder import GenerationFolder, a_row

KEY = (PriorTable.POPULAR_PRODUCTS, "global")


def publish(priors: PriorStore, folder: Path) -> Generation:
    """Take both steps, as over files."""
    load(priors, folder)
    load_index(priors, folder)
    return register(priors, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a complete generation."""
    made = GenerationFolder.make(tmp_path)
    made.put(PriorTable.POPULAR_PRODUCTS, a_row(), a_row(rank=2, member_id="b", strength=0.5))
    checked = check_generation(made.plan, made.folder, NOON)
    return complete(checked, made.folder, tmp_path)


def test_a_published_generation_can_be_read_but_is_not_active(
    stores: NightlyStores, folder: Path
) -> None:
    generation = publish(stores.priors, folder)
    lists = stores.priors.read_many(generation.generation_id, [KEY])
    assert lists[KEY] == (RankedMember("a", 1.0, 3.0, 3), RankedMember("b", 0.5, 3.0, 3))
    assert stores.priors.generations() == [generation]
    assert stores.priors.active() is None


def test_a_session_index_is_published_with_its_generation_and_only_once(
    stores: NightlyStores, folder: Path
) -> None:
    file = folder / SESSION_INDEX_FILE
    file.write_bytes(b"index" * 200_000)
    generation_id = publish(stores.priors, folder).generation_id
    assert b"".join(stores.priors.read_index(generation_id)) == file.read_bytes()
    file.write_bytes(b"another")
    publish(stores.priors, folder)
    assert len(b"".join(stores.priors.read_index(generation_id))) == 1_000_000


def test_publishing_again_changes_nothing(stores: NightlyStores, folder: Path) -> None:
    first = publish(stores.priors, folder)
    stores.priors.promote(first.generation_id)
    assert publish(stores.priors, folder) == first
    assert stores.priors.generations() == [first]
    assert stores.priors.active() == first


def test_a_publication_that_was_cut_short_is_made_whole(
    stores: NightlyStores, folder: Path
) -> None:
    half = (RankedMember("a", 0.1, 0.1, 1),)
    stores.priors.write_many(GenerationId(folder.name), [(KEY, half)])
    generation = publish(stores.priors, folder)
    assert len(stores.priors.read_many(generation.generation_id, [KEY])[KEY]) == 2


def _register(stores: NightlyStores, count: int, kind: str = "g", **parameters: str) -> None:
    for number in range(count):
        made = a_generation(
            generation_id=f"{kind}{number}",
            created_at=NOON + timedelta(days=number),
            parameters=parameters,
        )
        stores.priors.register(made)


def _ids(stores: NightlyStores) -> list[str]:
    return [generation.generation_id for generation in stores.priors.generations()]


def test_the_newest_generations_are_kept_with_their_folders(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _register(stores, 5)
    for number in range(5):
        (tmp_path / "generations" / f"g{number}").mkdir(parents=True)
    stores.priors.promote(GenerationId("g4"))
    discard_old(stores.priors, 3, tmp_path)
    assert _ids(stores) == ["g4", "g3", "g2"]
    kept = sorted(path.name for path in (tmp_path / "generations").iterdir())
    assert kept == ["g2", "g3", "g4"]


def test_an_old_night_that_is_promoted_again_is_not_discarded(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _register(stores, 4)
    stores.priors.promote(GenerationId("g0"))
    discard_old(stores.priors, 2, tmp_path)
    # The newest but one may have been active until the newest came, and nobody knows how long ago.
    assert _ids(stores) == ["g3", "g2", "g0"]


def test_backfills_are_bounded_and_do_not_push_out_what_has_served(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _register(stores, 2)
    stores.priors.promote(GenerationId("g1"))
    _register(stores, 5, "past", backfill="true")
    discard_old(stores.priors, 2, tmp_path)
    assert sorted(_ids(stores)) == ["g0", "g1", "past3", "past4"]


def test_what_first_visits_may_have_been_decided_by_is_kept_while_they_can_be_made_again(
    stores: NightlyStores, tmp_path: Path
) -> None:
    nights = [
        a_generation(generation_id=GenerationId(name), created_at=NOON + timedelta(hours=hours))
        for name, hours in (("before", -30), ("morning", 0), ("noon", 5), ("evening", 9))
    ]
    for night in nights:
        stores.priors.register(night)
    stores.priors.promote(nights[-1].generation_id)

    discard_old(stores.priors, 1, tmp_path)
    kept = [generation.generation_id for generation in stores.priors.generations()]
    # The one of the morning was active until five hours after noon: four hours ago.
    assert kept == ["evening", "noon", "morning"]

    long_after = a_generation(
        generation_id=GenerationId("next-day"), created_at=NOON + timedelta(hours=40)
    )
    stores.priors.register(long_after)
    stores.priors.promote(long_after.generation_id)
    discard_old(stores.priors, 1, tmp_path, replaced=nights[-1])
    kept = [generation.generation_id for generation in stores.priors.generations()]
    assert kept == ["next-day", "evening"]

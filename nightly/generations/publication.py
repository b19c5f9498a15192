"""From a complete generation's folder into the store, and from there to every shopper."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from nightly.generations.generation_tables import read_lists, tables_in
from personalization.codec.json_codec import GENERATION
from personalization.domain.first_visit import FIRST_VISIT_LIFE
from personalization.domain.identifiers import GenerationId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import Generation
from personalization.neighbours.index_bytes import chunks_of
from personalization.ports.prior_store import PriorStore
from personalization.priors import warehouse as names
from personalization.priors.warehouse import BACKFILL


def load(priors: PriorStore, folder: Path) -> None:
    """Load the lists of a complete generation into the store.

    A generation that is registered already is whole, and the same by its id: it is left alone,
    since shoppers may be reading it.
    """
    generation_id = _read_manifest(folder).generation_id
    if not _is_registered(priors, generation_id):
        priors.write_whole(generation_id, _lists(folder))


def load_index(priors: PriorStore, folder: Path) -> None:
    """Load the session index, if the generation has one; a registered one is left alone, too."""
    generation_id, index_file = (
        _read_manifest(folder).generation_id,
        folder / names.SESSION_INDEX_FILE,
    )
    if index_file.exists() and not _is_registered(priors, generation_id):
        priors.write_index(generation_id, chunks_of(index_file.read_bytes()))


def _is_registered(priors: PriorStore, generation_id: GenerationId) -> bool:
    return any(generation.generation_id == generation_id for generation in priors.generations())


def register(priors: PriorStore, folder: Path) -> Generation:
    """Describe a generation to the store whose lists are all in it: now it may be promoted."""
    generation = _read_manifest(folder)
    priors.register(generation)
    return generation


def _read_manifest(folder: Path) -> Generation:
    return GENERATION.decode((folder / names.MANIFEST_FILE).read_bytes())


def _lists(folder: Path) -> Iterator[ListColumns]:
    for table in tables_in(folder):
        for batch in read_lists(folder, table):
            yield batch.columns(table)


def discard_old(
    priors: PriorStore, kept: int, warehouse: Path, replaced: Generation | None = None
) -> None:
    """Discard all but the `kept` newest generations, and all but as many backfills.

    The active one is always kept, and so is what first visits may have been decided by that can
    still be made again: the one that was `replaced` now, and those replaced lately. Backfills do
    not make room at the cost of those that served.
    """
    active = priors.active()
    active_id = active.generation_id if active is not None else None
    lately = _active_lately(priors.generations())
    if replaced is not None:
        lately.add(replaced.generation_id)
    for backfills in (False, True):
        group = [
            made for made in priors.generations() if (BACKFILL in made.parameters) is backfills
        ]
        others = [made for made in group if made.generation_id != active_id]
        room = kept - (len(group) - len(others))
        for old in others[room:]:
            if old.generation_id in lately:
                continue
            priors.discard(old.generation_id)
            folder = warehouse / names.GENERATIONS_FOLDER / old.generation_id
            if folder.exists():
                shutil.rmtree(folder)


def _active_lately(newest_first: Sequence[Generation]) -> set[GenerationId]:
    """Return those whose successor is so young that they were active within that time.

    Ages are those relative to the newest one, so it needs no clock.
    """
    served = [made for made in newest_first if BACKFILL not in made.parameters]
    return {
        made.generation_id
        for made, successor in zip(served[1:], served, strict=False)
        if served[0].created_at - successor.created_at <= FIRST_VISIT_LIFE
    }

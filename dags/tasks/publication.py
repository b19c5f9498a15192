"""From a complete generation's folder into the store, and from there to every shopper."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from dags.tasks.generation_tables import member_of, read_lists, tables_in
from personalization.codec.json_codec import GENERATION
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation, PriorKey, RankedList
from personalization.ports.prior_store import PriorStore
from personalization.priors import warehouse as names


def load(priors: PriorStore, folder: Path) -> None:
    """Load the lists of a complete generation into the store.

    A generation that is registered already is whole, and the same by its id: it is left alone,
    since shoppers may be reading it.
    """
    generation_id = _read_manifest(folder).generation_id
    if all(generation.generation_id != generation_id for generation in priors.generations()):
        priors.write_many(generation_id, _lists(folder))


def register(priors: PriorStore, folder: Path) -> Generation:
    """Describe a generation to the store whose lists are all in it: now it may be promoted."""
    generation = _read_manifest(folder)
    priors.register(generation)
    return generation


def _read_manifest(folder: Path) -> Generation:
    return GENERATION.decode((folder / names.MANIFEST_FILE).read_bytes())


def _lists(folder: Path) -> Iterator[tuple[PriorKey, RankedList]]:
    for table in tables_in(folder):
        for key, rows in read_lists(folder, table):
            yield (table, key), tuple(member_of(row) for row in rows)


def promote(priors: PriorStore, generation_id: GenerationId, kept: int, warehouse: Path) -> None:
    """Make the generation active, then discard those beyond the `kept` newest.

    The active one is always kept, also where an old night was run again.
    """
    priors.promote(generation_id)
    others = [
        generation
        for generation in priors.generations()
        if generation.generation_id != generation_id
    ]
    for old in others[kept - 1 :]:
        priors.discard(old.generation_id)
        folder = warehouse / names.GENERATIONS_FOLDER / old.generation_id
        if folder.exists():
            shutil.rmtree(folder)

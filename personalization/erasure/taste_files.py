"""Tastes of erased people in the files that nights have written of their generations."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from personalization.codec.json_codec import GENERATION
from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.prior import Generation, PriorTable
from personalization.folder_turn import folder_turn, sync_path
from personalization.priors import warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_FILES: Final = (
    f"*/{warehouse.TABLES_FOLDER}/{warehouse.TABLE}={PriorTable.USER_TASTES.value}/*.parquet"
)
_ROWS_AT_ONCE: Final = 100_000
"""Some 10 MB."""


def drop_tastes(
    generations: Path, users: Collection[UserId], spared: Collection[GenerationId] = ()
) -> int:
    """Write the files that name the users again without them; return how many rows they lost.

    Those of generations that are to be spared stay.

    Each appears by rename, so that whoever reads finds the former one or the new one.
    """
    import pyarrow as pa  # Of the night: it takes a process 50 MB.

    wanted = pa.array(sorted(users), pa.string())
    dropped = 0
    for file in sorted(generations.glob(_FILES)):
        with folder_turn(file.parent):
            if file.exists() and file.relative_to(generations).parts[0] not in spared:
                dropped += _drop_from(file, wanted)
    return dropped


def generations_in(folder: Path) -> list[Generation]:
    """Return the generations whose files are there, as their manifests describe them."""
    manifests = sorted(folder.glob(f"*/{warehouse.MANIFEST_FILE}"))
    return [GENERATION.decode(manifest.read_bytes()) for manifest in manifests]


def _drop_from(file: Path, wanted: "pa.Array") -> int:
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    if not ds.dataset(file).count_rows(filter=ds.field(warehouse.KEY).isin(wanted)):
        return 0
    unfinished = file.with_name(f".{file.name}.unfinished")
    dropped = 0
    with pq.ParquetFile(file) as before:
        packed = before.metadata.row_group(0).column(0).compression.lower()
        with pq.ParquetWriter(unfinished, before.schema_arrow, compression=packed) as after:
            for batch in before.iter_batches(_ROWS_AT_ONCE):
                stays = pc.invert(pc.is_in(batch.column(warehouse.KEY), value_set=wanted))
                kept = batch.filter(stays)
                dropped += len(batch) - len(kept)
                after.write_batch(kept)
    sync_path(unfinished)
    # Of what was there before: whoever checks it would take the new file for damaged.
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)
    unfinished.replace(file)
    sync_path(file.parent)
    return dropped

from datetime import UTC, datetime

from personalization.batch_wiring import BatchOrder, begin_batch, make_parts
from personalization.recommendations.batches.batch_folder import BatchFolder
from personalization.recommendations.batches.batch_job import ListFormat
from personalization.settings.storage import StorageSettings


def write_now(
    *, placement: str, audience: str, format_name: str, count: int, processes: int
) -> str:
    """Make a list of a placement; return what was written, in words."""
    storage = StorageSettings()
    order = BatchOrder(
        audience=audience, placement=placement, count=count, format=ListFormat(format_name)
    )
    folder = BatchFolder(storage.lists / placement)
    with folder.alone():
        job = begin_batch(order, storage, folder.out, datetime.now(UTC))
        make_parts(job, folder.lacking(job), processes)
        counts = folder.finish(job).counts
    return f"{counts.rows} rows of {counts.people} people, {counts.left_out} left out: {folder.out}"

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from personalization.batch_wiring import BatchOrder, begin_batch, make_parts
from personalization.recommendations.batches.batch_folder import BatchFolder
from personalization.recommendations.batches.batch_job import ListFormat
from personalization.settings.storage import StorageSettings


def write_now(params: Mapping[str, Any]) -> str:
    """Make the list that a run asks for; return what was written, in words."""
    storage = StorageSettings()
    order = BatchOrder(
        audience=params["audience"],
        placement=params["placement"],
        count=params["count"],
        format=ListFormat(params["format"]),
    )
    folder = BatchFolder(storage.lists / params["placement"])
    with folder.alone():
        job = begin_batch(order, storage, folder.out, datetime.now(UTC))
        make_parts(job, folder.lacking(job), params["processes"])
        counts = folder.finish(job).counts
    return f"{counts.rows} rows of {counts.people} people, {counts.left_out} left out: {folder.out}"

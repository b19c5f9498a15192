"""The session index of a night, from the past sessions that Spark left in a file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from personalization.domain.event import EventType
from personalization.neighbours.indexed_products import IndexedProducts
from personalization.neighbours.return_table import ReturnCounts
from personalization.neighbours.session_columns import ActColumns, SessionColumns
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.neighbours.signal_weights import SignalWeights
from personalization.ranking.fitted_weights import first_held_back, fit_weights

ENDED_AT, VIEWS, ACTS, DIGEST = "ended_at", "views", "acts", "digest"
"""Columns of the file: seconds; ids of products; structs; 16 hexadecimal digits."""
VIEWS_BEFORE, PRODUCT, TYPE = "views_before", "product", "type"
"""Of an act."""


@dataclass(frozen=True, slots=True)
class MadeIndex:
    index: SessionIndex
    parameters: dict[str, str]
    """Of its generation: what was fitted."""


def build_session_index(file: Path, former: SessionIndex | None, maximum: int) -> MadeIndex | None:
    """Return the index of the sessions in the file, None where there are none.

    The file has the newest first. Weights have to beat those of the `former` index.
    """
    sessions = read_sessions(file)
    if not len(sessions):
        return None
    held_back = first_held_back(len(sessions))
    counts = ReturnCounts()
    counts.add(sessions.part(0, held_back))
    yesterday = former.weights if former is not None else None
    weights = fit_weights(sessions, yesterday, returns=counts.table())
    counts.add(sessions.part(held_back, len(sessions)))
    index = build_index(sessions, counts.table(), weights, maximum)
    return MadeIndex(index, parameters_of(weights))


def parameters_of(weights: SignalWeights) -> dict[str, str]:
    of_all = {f"{name}_weight": f"{of:g}" for name, of in weights.by_name.items()}
    neighbours = {
        "neighbours_time_scale_seconds": str(weights.time_scale_seconds),
        "neighbours_distance_root": str(weights.distance_root),
    }
    of_few = {
        f"{name}_weight_from_{seen}": f"{of:g}"
        for seen, weights_after in weights.by_seen.items()
        for name, of in weights_after.items()
    }
    worths = {f"neighbours_{type_}_worth": f"{of:g}" for type_, of in weights.worths.items()}
    return of_all | neighbours | of_few | worths


def read_sessions(file: Path) -> SessionColumns:
    """Return the sessions of the file, oldest first."""
    sessions = _read(file)
    # The reader keeps what it freed, as much again as what is made from now on.
    pa.default_memory_pool().release_unused()
    return sessions


def _read(file: Path) -> SessionColumns:
    rows = pq.read_table(file, columns=[ENDED_AT, VIEWS, ACTS, DIGEST], memory_map=True)
    rows = rows.take(np.arange(len(rows))[::-1]).combine_chunks()
    views, acts = _lists(rows.column(VIEWS)), _lists(rows.column(ACTS))
    of_views, of_acts = views.flatten(), acts.flatten()
    views_before, products, types = map(of_acts.field, (VIEWS_BEFORE, PRODUCT, TYPE))
    names = pc.unique(pa.chunked_array([of_views, products], pa.string()))
    names = names.take(pc.sort_indices(names))
    by_type = {name: EventType(name) for name in pc.unique(types).to_pylist()}
    return SessionColumns(
        products=_products(names),
        starts=_starts(views),
        views=_numbers(of_views, names),
        acts=ActColumns(
            starts=_starts(acts),
            views_before=views_before.to_numpy(zero_copy_only=False).astype(np.int64),
            products=_numbers(products, names),
            types=tuple(map(by_type.__getitem__, types.to_pylist())),
        ),
        ended_at=rows.column(ENDED_AT).to_numpy(),
        digests=np.array([int(of, 16) for of in rows.column(DIGEST).to_pylist()], np.uint64),
    )


def _lists(column: pa.ChunkedArray) -> pa.ListArray:
    """Return the lists, an empty one where there is none."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else column.combine_chunks()


def _starts(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.cumsum([0, *lengths], dtype=np.int64)


def _numbers(ids: pa.Array, names: pa.Array) -> npt.NDArray[np.int32]:
    return np.asarray(pc.index_in(ids, names).to_numpy(zero_copy_only=False)).astype(np.int32)


def _products(names: pa.Array) -> IndexedProducts:
    encoded = names.cast(pa.binary())
    _, bounds, data = encoded.buffers()
    starts = np.frombuffer(bounds, np.int32)[encoded.offset : encoded.offset + len(encoded) + 1]
    some = bytes(data)[int(starts[0]) : int(starts[-1])] if len(encoded) else b""
    return IndexedProducts(some, starts.astype(np.int64) - int(starts[0]))

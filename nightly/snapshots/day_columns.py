"""The columns of a day's export, made for many events at once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from personalization.ports.history_columns import HistoryColumns
from personalization.priors import warehouse as names

HISTORY_SCHEMA: Final = pa.schema(
    [
        (names.EVENT_ID, pa.string()),
        (names.SESSION_ID, pa.string()),
        (names.USER_ID, pa.string()),
        (names.TYPE, pa.string()),
        (names.OCCURRED_AT, pa.timestamp("us", tz="UTC")),
        (names.PRODUCT_IDS, pa.list_(pa.string())),
        (names.CATEGORY_ID, pa.string()),
        (names.REGION, pa.string()),
        (names.STARS, pa.float64()),
        (names.REWARD, pa.int64()),
        (names.CONSENT, pa.string()),
        (names.VARIANT_IDS, pa.list_(pa.string())),
    ]
)


def day_batch(columns: HistoryColumns, parents: Mapping[str, str]) -> Any:  # noqa: ANN401 - of pyarrow
    """Return a batch of the export; products that have become variants count as their parents."""
    rewards = np.asarray(columns.rewards, dtype=np.float64) * names.REWARD_UNIT
    values: Sequence[Any] = (
        columns.event_ids,
        columns.session_ids,
        columns.user_ids,
        columns.types,
        # From numbers: pyarrow takes 20 us for each moment of Python.
        pa.array(columns.occurred_us, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        _with_parents(columns.product_ids, parents) if parents else columns.product_ids,
        columns.category_ids,
        columns.regions,
        columns.stars,
        np.rint(rewards).astype(np.int64),
        columns.consents,
        columns.variant_ids,
    )
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, kind)
        for column, kind in zip(values, HISTORY_SCHEMA.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=HISTORY_SCHEMA)


def _with_parents(products: Sequence[Sequence[str]], parents: Mapping[str, str]) -> list[list[str]]:
    return [[parents.get(product, product) for product in some] for some in products]

"""Columns with which every generated log of a shop's own events begins."""

from typing import Final

import pyarrow as pa

EVENT_COLUMNS: Final = (
    ("session_id", pa.string()),
    ("timestamp", pa.timestamp("ms", tz="UTC")),
    ("event_type", pa.string()),
    ("product_id", pa.string()),
    ("category_id", pa.string()),
    ("user_id", pa.string()),
    ("country", pa.string()),
)

"""Parquet files that are rewritten only when their content changes, and never seen half-made."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_FINGERPRINT = b"fingerprint"


def fingerprint_of(table: pa.Table) -> str:
    """Return the SHA-256 of the table's schema and content, as hexadecimal digits."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(memoryview(sink.getvalue())).hexdigest()


def write_changes(path: Path, table: pa.Table) -> str:
    """Write the table unless the file holds it already; return its fingerprint.

    The file appears by rename, so that a reader finds the old one or the new one.
    """
    fingerprint = fingerprint_of(table)
    if path.exists():
        kept = (pq.read_schema(path).metadata or {}).get(_FINGERPRINT)
        if kept == fingerprint.encode():
            return fingerprint
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    pq.write_table(table.replace_schema_metadata({_FINGERPRINT: fingerprint.encode()}), unfinished)
    unfinished.replace(path)
    return fingerprint

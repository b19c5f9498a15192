"""Parquet files that are rewritten only when their content changes, and never seen half-made."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
    if kept_fingerprint(path) == fingerprint:
        return fingerprint
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    pq.write_table(table.replace_schema_metadata({_FINGERPRINT: fingerprint.encode()}), unfinished)
    unfinished.replace(path)
    return fingerprint


def write_changed_batches(path: Path, schema: Any, batches: Iterable[Any]) -> str:  # noqa: ANN401 - of pyarrow
    """Do the same for what does not fit in memory, batch by batch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    digest = _Digest()
    with pq.ParquetWriter(unfinished, schema) as writer, pa.ipc.new_stream(digest, schema) as told:
        for batch in batches:
            told.write_batch(batch)
            writer.write_batch(batch)
        fingerprint = digest.text()
        writer.add_key_value_metadata({_FINGERPRINT: fingerprint.encode()})
    if kept_fingerprint(path) == fingerprint:
        unfinished.unlink()
    else:
        unfinished.replace(path)
    return fingerprint


def kept_fingerprint(path: Path) -> str | None:
    """Return the fingerprint of what a file holds, None where there is none."""
    if not path.exists():
        return None
    try:
        kept = (pq.read_metadata(path).metadata or {}).get(_FINGERPRINT)
    except (pa.ArrowException, OSError):
        # A file that cannot be read is to be written again.
        return None
    return None if kept is None else str(kept.decode())


class _Digest:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, octets: Any) -> int:  # noqa: ANN401 - any buffer
        self._hash.update(octets)
        return len(octets)

    def flush(self) -> None:
        pass

    def text(self) -> str:
        return self._hash.hexdigest()

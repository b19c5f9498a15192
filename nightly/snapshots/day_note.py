"""What the file of a day was made of, kept beside it: an unchanged day is not read again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from nightly.snapshots import day_columns, day_fingerprint, parquet_file
from nightly.snapshots.parquet_file import kept_fingerprint
from personalization.codec import event_columns, history_columns
from personalization.codec.json_codec import JsonCodec
from personalization.domain import event, reward

NOTE_FILE: Final = "_made_of.json"
"""Spark reads no file whose name begins with an underscore."""
_CODE: Final = (
    day_columns,
    day_fingerprint,
    parquet_file,
    event_columns,
    history_columns,
    event,
    reward,
)
"""What decides how a day's file comes out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNote:
    made_of: str
    """Of the events, the parents and the code; an empty one fits nothing."""
    fingerprint: str
    """Of the day's events."""
    file: str
    """Of the file's content."""


_NOTE: Final = JsonCodec(DayNote)


def sources_of(version: str | None, parents: str) -> str:
    """Return what a day's file is made of, empty where the store cannot tell it."""
    return "" if version is None else f"{version} {parents} {_code_hash()}"


def hash_of_parents(parents: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for pair in sorted(parents.items()):
        digest.update("\x1f".join((*pair, "\x1e")).encode())
    return digest.hexdigest()


def remembered_fingerprint(file: Path, made_of: str) -> str | None:
    """Return the fingerprint of a day whose file was made of the same, None of any other."""
    try:
        note = _NOTE.decode(file.with_name(NOTE_FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    is_same = made_of and note.made_of == made_of and kept_fingerprint(file) == note.file
    return note.fingerprint if is_same else None


def remember(file: Path, note: DayNote) -> None:
    unfinished = file.with_name(f".{NOTE_FILE}.unfinished")
    unfinished.write_bytes(_NOTE.encode(note))
    unfinished.replace(file.with_name(NOTE_FILE))


@cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    for module in _CODE:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()

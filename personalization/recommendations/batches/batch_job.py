"""What a batch is made from, pinned, so that every executor and every rerun makes the same."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import msgspec

from personalization.domain.asked import Strategy
from personalization.domain.identifiers import SessionId, UserId

PEOPLE_PER_PART = 5_000
"""A part is what is lost by a kill: half a minute."""


class ListFormat(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPins:
    """Everything that may be replaced while a batch is made."""

    generation_id: str
    model_version: str | None
    plans: tuple[tuple[str, int], ...]
    """Name and version of each plan; 0 where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    home: str
    folder: str
    """Where parts are written before the batch is whole."""
    placement: str | None
    strategy: Strategy | None
    count: int | None
    filter: str
    """JSON; empty for none."""
    format: ListFormat
    keep: bool
    """Whether the decisions are kept in the history."""
    at: datetime
    pins: BatchPins
    parts: int

    @property
    def nonce(self) -> str:
        """Return what tells this batch's decisions from others of one person and moment."""
        material = f"{self.placement}/{self.strategy}/{self.count}/{self.filter}/{self.at}"
        return sha256(material.encode()).hexdigest()[:12]

    def session_of(self, user_id: UserId) -> SessionId:
        """Return the id that stands for the visit of somebody who has none now."""
        return SessionId(str(uuid5(NAMESPACE_OID, f"{self.nonce}/{user_id}")))


@dataclass(slots=True)
class PartCounts:
    people: int = 0
    rows: int = 0
    left_out: int = 0
    """People who refuse to be chosen for."""
    unknown: int = 0
    """People of whom nothing is known: their rows are what suits all."""
    without_products: int = 0

    def add(self, other: "PartCounts") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


JOB_FILE = "_job.json"
REPORT_FILE = "_report.json"


def audience_file(folder: Path, part: int) -> Path:
    return folder / "_audience" / f"{part:05}.jsonl"


def counts_file(folder: Path, part: int) -> Path:
    """Return the file that says that a part is whole."""
    return folder / "_counts" / f"{part:05}.json"


def encode_job(job: BatchJob) -> bytes:
    return msgspec.json.encode(job)


def decode_job(body: bytes) -> BatchJob:
    return msgspec.json.decode(body, type=BatchJob)

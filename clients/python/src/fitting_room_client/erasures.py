"""People are erased; the receipt says what was removed from where."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrder:
    session_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureBegun:
    request_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreReport:
    store: str
    removed: int
    """Rows, records or values."""
    erased_at: datetime
    left: str = ""
    """What is still there, until when and why."""


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """Names nobody."""

    request_id: str
    state: str
    """waiting, live_done (nothing that serves has it any more) or done."""
    asked_at: datetime
    asked_by: str
    sessions: int
    """How many visits."""
    unknown: int
    """Of how many of them no store knew anything."""
    live_at: datetime | None
    done_at: datetime | None
    stores: tuple[StoreReport, ...]
    waits_for: str = ""
    """What does not answer."""
    parts: tuple[str, ...] = ()
    """Further requests, for more visits of the same people."""
    handed_out: tuple[str, ...] = ()
    """What may have been handed to others before, which is the shop's to delete."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    receipt: ErasureReport
    algorithm: str
    key_id: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class ErasureProof:
    report: ErasureReport
    text: bytes
    """The signed receipt as it came: keep it, `fitting-room privacy verify FILE` checks it."""

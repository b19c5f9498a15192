"""A profile as the API hands it out: bytes made once, for every reader and stream."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from personalization.ports.profile_store import StoredProfile


class _Stamp(msgspec.Struct, frozen=True):
    decision_id: str
    expiry: datetime


_STAMP: Final = msgspec.json.Decoder(_Stamp)


@dataclass(frozen=True, slots=True)
class CachedProfile:
    """Body, entity tag and stream frame of one version, and when it must not be served."""

    version: int
    body: bytes
    etag: str
    frame: bytes
    """The server-sent event that carries the body."""
    expires_at: datetime


def cached_profile(stored: StoredProfile) -> CachedProfile:
    """Return the stored profile with what its readers need beside the body."""
    stamp = _STAMP.decode(stored.body)
    head = f"id: {stored.version}\nevent: profile\ndata: ".encode()
    return CachedProfile(
        version=stored.version,
        body=stored.body,
        etag=f'"{stored.version}-{stamp.decision_id}"',
        frame=b"".join((head, stored.body, b"\n\n")),
        expires_at=stamp.expiry,
    )

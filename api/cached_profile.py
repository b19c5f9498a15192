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
    """Body and entity tag of one version, and when it must not be served."""

    version: int
    body: bytes
    etag: str
    expires_at: datetime

    @property
    def frame(self) -> bytes:
        """The server-sent event that carries the body.

        Put together when it is sent: a copy of ten kilobytes costs less than keeping it.
        """
        head = f"id: {self.version}\nevent: profile\ndata: ".encode()
        return b"".join((head, self.body, b"\n\n"))


def cached_profile(stored: StoredProfile) -> CachedProfile:
    """Return the stored profile with what its readers need beside the body."""
    stamp = _STAMP.decode(stored.body)
    return CachedProfile(
        version=stored.version,
        body=stored.body,
        etag=f'"{stored.version}-{stamp.decision_id}"',
        expires_at=stamp.expiry,
    )

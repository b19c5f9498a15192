"""A profile as the API hands it out: bytes made once, for every reader and stream."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from personalization.domain.identifiers import Region
from personalization.merchandising.current_rules import NO_STATE, RulesState
from personalization.ports.profile_store import StoredProfile


class _Stamp(msgspec.Struct, frozen=True):
    decision_id: str
    expiry: datetime
    region: str | None = None


_STAMP: Final = msgspec.json.Decoder(_Stamp)


@dataclass(frozen=True, slots=True)
class CachedProfile:
    """Body and entity tag of one version, and when it must not be served."""

    version: int
    body: bytes
    etag: str
    expires_at: datetime
    region: Region | None = None
    """Whose rules hold for it."""
    withheld: str = ""
    """A mark of what rules have hidden of it since it was made; the entity tag ends with it."""
    rules_state: RulesState = NO_STATE
    """The rules that it may be shown under."""

    def marked(self, body: bytes, withheld: str, state: RulesState) -> "CachedProfile":
        """Return the profile as it may be shown under some rules."""
        etag = f'{self.etag[:-1]}-{withheld}"' if withheld else self.etag
        return replace(self, body=body, etag=etag, withheld=withheld, rules_state=state)

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
        region=Region(stamp.region) if stamp.region is not None else None,
    )

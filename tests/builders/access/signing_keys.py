from collections.abc import Sequence
from datetime import datetime

from personalization.audit.recording import Auditor
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId
from personalization.domain.clock import Clock
from personalization.signing.ring_file import RingFile
from personalization.signing.rotation import rotate_key
from personalization.signing.signing_ring import GivenKeys, SigningRing


def signing_keys(*secrets: bytes) -> GivenKeys:
    """Return keys that sign by the first of these secrets, or by one of their own."""
    return GivenKeys(SigningRing.of_secrets(secrets or (b"key",)))


class ListedAudit:
    """Keeps entries in a list."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def append(self, entries: Sequence[AuditEntry]) -> None:
        self.entries += entries

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        del shop, before, subject
        return self.entries[::-1][:limit]

    def prune(self, before: datetime) -> int:
        del before
        return 0


def rotate(
    file: RingFile, clock: Clock, audit: ListedAudit | None = None, *, end_sessions: bool = False
) -> SigningRing:
    """Rotate the keys, as a person named `ann`."""
    auditor = Auditor(audit or ListedAudit(), clock)
    return rotate_key(file, auditor, clock, "ann", end_sessions=end_sessions)

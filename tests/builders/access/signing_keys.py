from personalization.audit.recording import Auditor
from personalization.domain.clock import Clock
from personalization.signing.ring_file import RingFile
from personalization.signing.rotation import rotate_key
from personalization.signing.signing_ring import GivenKeys, SigningRing
from tests.builders.access.audit_book import AuditBook


def signing_keys(*secrets: bytes) -> GivenKeys:
    """Return keys that sign by the first of these secrets, or by one of their own."""
    return GivenKeys(SigningRing.of_secrets(secrets or (b"key",)))


def rotate(
    file: RingFile, clock: Clock, audit: AuditBook | None = None, *, end_sessions: bool = False
) -> SigningRing:
    """Rotate the keys, as a person named `ann`."""
    auditor = Auditor(audit or AuditBook(), clock)
    return rotate_key(file, auditor, clock, "ann", end_sessions=end_sessions)

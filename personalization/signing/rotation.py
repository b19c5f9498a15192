"""Changes the key that signs tokens, without ending a session, or in order to end them all."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import Clock
from personalization.domain.errors import SupersededError
from personalization.shared_file import LOOK_SECONDS
from personalization.signing.ring_file import RingFile, new_key
from personalization.signing.signing_ring import MOST_KEYS, SigningRing

SIGNS_AFTER: Final = timedelta(seconds=5 * LOOK_SECONDS)
"""By then every process has read the new key, and none refuses what another has signed by it."""

ROTATE: Final = "signing_keys.rotate"


def rotate_key(
    file: RingFile, auditor: Auditor, clock: Clock, author: str, *, end_sessions: bool = False
) -> SigningRing:
    """Put a new key before the others, and drop those of which no token can hold any more.

    With `end_sessions` all others are dropped at once: no token given so far is read again.
    Raises `SupersededError` where more keys than `MOST_KEYS` would have to be read.
    """
    now = clock.now()
    before: list[SigningRing] = []

    def add(ring: SigningRing) -> SigningRing:
        before.append(ring)
        if end_sessions:
            return SigningRing((new_key(now),))
        kept = ring.without_spent(now)
        if len(kept) >= MOST_KEYS:
            raise SupersededError(
                f"{len(kept)} signing keys have tokens that still hold: rotate later, or end all "
                "sessions with --end-sessions."
            )
        return SigningRing((new_key(now + SIGNS_AFTER), *kept))

    after = file.change(add)
    auditor.record(
        Change(
            author=author,
            action=ROTATE,
            subject=after.keys[0].key_id,
            before=[key.key_id for key in before[-1].keys],
            after=[key.key_id for key in after.keys],
            note="all sessions ended" if end_sessions else "",
        )
    )
    return after


def drop_spent_keys(file: RingFile, clock: Clock) -> None:
    """Drop the keys of which no token can hold any more; changes nothing where there are none."""
    now = clock.now()
    ring = file.current()
    if len(ring.without_spent(now)) < len(ring.keys):
        file.change(lambda found: replace(found, keys=found.without_spent(now)))

"""Changes the keys of privacy: a new one takes over, a former one goes once nothing needs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import Clock
from personalization.domain.errors import InvalidKeyError, SupersededError, UnknownKeyError
from personalization.shared_file import LOOK_SECONDS
from personalization.vault.privacy_file import PrivacyFile, new_privacy_key
from personalization.vault.privacy_ring import MOST_KEYS, PrivacyKeyId, PrivacyRing

USED_AFTER: Final = timedelta(seconds=5 * LOOK_SECONDS)
"""By then every process has read the new key."""
ROTATE: Final = "privacy_keys.rotate"
DROP: Final = "privacy_keys.drop"
LOST: Final = "privacy_keys.lost"

KeyNeeds = Callable[[PrivacyKeyId], Mapping[str, int]]
"""What still needs a key, by name, each with how many there are; nothing where there are none."""


def rotate_privacy_key(
    file: PrivacyFile, auditor: Auditor, clock: Clock, author: str
) -> PrivacyRing:
    """Put a new key before the others; all are still read.

    Raises `SupersededError` where more keys than `MOST_KEYS` would have to be read.
    """
    before: list[PrivacyRing] = []

    def add(ring: PrivacyRing) -> PrivacyRing:
        before.append(ring)
        if len(ring.keys) >= MOST_KEYS:
            raise SupersededError(
                f"{len(ring.keys)} keys of privacy are read already: drop one that nothing needs "
                "with --drop first."
            )
        return PrivacyRing((new_privacy_key(clock.now() + USED_AFTER), *ring.keys))

    after = file.change(add)
    _record(auditor, author, ROTATE, after.keys[0].key_id, (before[-1], after))
    return after


@dataclass(frozen=True, slots=True)
class KeyUse:
    needs: KeyNeeds
    settle: Callable[[PrivacyKeyId], None]
    """Does what has to be done once nothing needs the key and before it goes."""


def drop_privacy_key(
    file: PrivacyFile, auditor: Auditor, author: str, key_id: str, uses: Sequence[KeyUse]
) -> PrivacyRing:
    """Drop a former key for good.

    Raises `UnknownKeyError`, and `InvalidKeyError` for the newest key and as long as anything
    needs it.
    """
    before: list[PrivacyRing] = []

    def drop(ring: PrivacyRing) -> PrivacyRing:
        before.append(ring)
        key = ring.find(key_id)
        if key is None:
            raise UnknownKeyError(f"There is no key of privacy {key_id!r}.")
        if key is ring.keys[0]:
            raise InvalidKeyError(f"{key_id} is the newest key: make another one first.")
        counts = [use.needs(key.key_id) for use in uses]
        left = [f"{count:,} {name}" for some in counts for name, count in some.items() if count]
        if left:
            raise InvalidKeyError(f"{key_id} is still needed, by {', '.join(left)}: it stays.")
        for use in uses:
            use.settle(key.key_id)
        return PrivacyRing(tuple(other for other in ring.keys if other is not key))

    after = file.change(drop)
    _record(auditor, author, DROP, key_id, (before[-1], after))
    return after


def _record(
    auditor: Auditor, author: str, action: str, subject: str, rings: tuple[PrivacyRing, PrivacyRing]
) -> None:
    before, after = ([key.key_id for key in ring.keys] for ring in rings)
    auditor.record(
        Change(author=author, action=action, subject=subject, before=before, after=after)
    )

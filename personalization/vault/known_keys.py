"""Which key of privacy an installation uses, by a check value: a process with others must not run.

It would know nobody, and wait for ever for what it cannot open.
"""

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from personalization.codec.json_codec import JsonCodec
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import InvalidKeyError, StoreUnavailableError
from personalization.plans.editor import PlanEditor
from personalization.ports.plan_store import PRIVACY_KEYS, PlanStore
from personalization.vault.privacy_ring import MOST_KEYS, PrivacyKey, PrivacyRing, Purpose

_LOG: Final = logging.getLogger(__name__)
_AUTHOR: Final = "privacy keys"
_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """Check values, from which no key can be made; empty before the first process has started."""

    used: str = ""
    key_id: str = ""
    """Of the key that is used: it stands in all pseudonyms, too."""
    former: tuple[str, ...] = ()
    """Check values of keys that were used before, the last first."""

    def with_ring(self, ring: PrivacyRing, now: datetime) -> "KnownKeys":
        """Return what is used by a process with the ring; raises `InvalidKeyError` for others.

        A key that nobody has used yet takes over where the ring has the one before it as well.
        """
        checks = [check_of(key) for key in ring.keys]
        if self.used and self.used not in checks:
            ids = ", ".join(key.key_id for key in ring.keys)
            raise InvalidKeyError(
                f"This process has other keys of privacy ({ids}) than the rest, which uses "
                f"{self.key_id}: it would know nobody and could read nothing that is encrypted. "
                "Give all processes the same FITTING_ROOM_PRIVACY_KEYS, the same file of them, or "
                "one home folder with its privacy_keys.json. If that key is lost, "
                "`fitting-room privacy rotate-key --lost` goes on without it."
            )
        newest = ring.newest(now)
        return self if check_of(newest) in self.former else self.using(newest)

    def using(self, key: PrivacyKey) -> "KnownKeys":
        check = check_of(key)
        if check == self.used:
            return self
        before = [known for known in (self.used, *self.former) if known and known != check]
        return KnownKeys(check, key.key_id, tuple(before[:MOST_KEYS]))


_KNOWN: Final[JsonCodec[KnownKeys]] = JsonCodec(KnownKeys)


def check_of(key: PrivacyKey) -> str:
    return hmac.digest(key.of(Purpose.CHECK), SHOP.encode(), "sha256").hex()[:_DIGITS]


def check_ring(plans: PlanStore, ring: PrivacyRing, now: datetime) -> None:
    """Compare a ring with what others use, and note what is used where that is news.

    Raises `InvalidKeyError`. A store that does not answer keeps nobody from starting.
    """
    try:
        _editor(plans).edit(lambda known: known.with_ring(ring, now), _AUTHOR)
    except StoreUnavailableError:
        _LOG.warning("The keys of privacy could not be compared with those of other processes.")


def note_key(plans: PlanStore, key: PrivacyKey) -> None:
    """Let a key be the one that processes must have; raises `StoreUnavailableError`."""
    _editor(plans).edit(lambda known: known.using(key), _AUTHOR)


def _editor(plans: PlanStore) -> PlanEditor[KnownKeys]:
    return PlanEditor(
        plans, PRIVACY_KEYS, lambda plan: _KNOWN.decode(plan.body), _KNOWN.encode, KnownKeys()
    )

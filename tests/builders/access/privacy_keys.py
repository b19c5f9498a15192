from personalization.vault.field_cipher import FieldCipher
from personalization.vault.privacy_ring import (
    ALWAYS,
    GivenPrivacyKeys,
    PrivacyKey,
    PrivacyRing,
)
from tests.builders.settable_clock import SettableClock


def a_privacy_key(text: str = "k") -> PrivacyKey:
    return PrivacyKey(text.encode().ljust(32, b"."), ALWAYS)


def a_cipher(*texts: str) -> FieldCipher:
    """Return what encrypts by the keys of these texts."""
    return FieldCipher(privacy_keys(*texts), SettableClock())


def privacy_keys(*texts: str) -> GivenPrivacyKeys:
    """Return keys made of these texts, newest first, or one."""
    return GivenPrivacyKeys(PrivacyRing(tuple(map(a_privacy_key, texts or ("k",)))))

"""The keys of privacy from wherever the settings say that they are."""

from pathlib import Path

from personalization.domain.clock import Clock
from personalization.domain.errors import InvalidKeyError
from personalization.settings.privacy import PrivacySettings, keys_in
from personalization.vault.privacy_file import PrivacyFile, decode_ring
from personalization.vault.privacy_ring import (
    GivenPrivacyKeys,
    PrivacyKey,
    PrivacyKeys,
    PrivacyRing,
)


def has_given_keys(settings: PrivacySettings) -> bool:
    """Return whether the keys are those of the settings, and not of the home folder."""
    return settings.keys is not None or settings.keys_file is not None


def open_privacy_keys(settings: PrivacySettings, home: Path, clock: Clock) -> PrivacyKeys:
    """Return the keys; raises `InvalidKeyError` for a file that has none."""
    if settings.keys is not None and settings.keys_file is not None:
        raise InvalidKeyError(
            "Both FITTING_ROOM_PRIVACY_KEYS and FITTING_ROOM_PRIVACY_KEYS_FILE are set: unset one."
        )
    if settings.keys is not None:
        return _keys_of(keys_in(settings.keys.get_secret_value()))
    if settings.keys_file is not None:
        return _of_file(settings.keys_file)
    return PrivacyFile(home, clock.now())


def _of_file(file: Path) -> GivenPrivacyKeys:
    try:
        body = file.read_bytes()
        if body.lstrip().startswith(b"{"):
            return GivenPrivacyKeys(decode_ring(body))
        return _keys_of(keys_in(body.decode("ascii")))
    except OSError as error:
        raise InvalidKeyError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise InvalidKeyError(f"{file} holds no keys of privacy: it is no text.") from None
    except ValueError as error:
        raise InvalidKeyError(f"{file} holds no keys of privacy: {error}.") from None


def _keys_of(secrets: tuple[bytes, ...]) -> GivenPrivacyKeys:
    return GivenPrivacyKeys(PrivacyRing(tuple(map(PrivacyKey, secrets))))

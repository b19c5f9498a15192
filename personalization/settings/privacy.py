"""How what is known of people is protected."""

import json
from base64 import b64decode
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.domain.privacy.small_counts import SmallCounts, SmallCountsAs

_MOST_KEYS: Final = 8
_KEY_BYTES: Final = 32
_HEXADECIMAL: Final = 2 * _KEY_BYTES


class UserIds(StrEnum):
    HASHED = "hashed"
    PLAIN = "plain"


def keys_in(text: str) -> tuple[bytes, ...]:
    """Return the keys of a text or a JSON list; raises `ValueError`, which repeats none."""
    text = text.strip()
    try:
        keys = json.loads(text) if text.startswith("[") else [text]
        if not 1 <= len(keys) <= _MOST_KEYS:
            raise ValueError  # noqa: TRY301
        found = tuple(map(_key_in, keys))
    except (AttributeError, TypeError, ValueError):
        # Whatever went wrong would repeat a part of a key.
        raise ValueError(
            f"give one key, or a JSON list of 1 to {_MOST_KEYS}, newest first, each of "
            f"{_HEXADECIMAL} hexadecimal digits, as `openssl rand -hex 32` makes one, or the same "
            "32 bytes in base64"
        ) from None
    if len(set(found)) < len(found):
        raise ValueError("a key is given twice: leave one of them out")
    return found


def _key_in(text: str) -> bytes:
    if len(text) == _HEXADECIMAL:
        return bytes.fromhex(text)
    key = b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError
    return key


class PrivacySettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="FITTING_ROOM_PRIVACY_", frozen=True, hide_input_in_errors=True
    )

    keys: SecretStr | None = None
    """Keys of privacy, 64 hexadecimal digits (or 32 bytes in base64) each: one, or a JSON list,
    newest first. The first one is used, the others are read; unset makes one and keeps it in the
    home folder."""
    keys_file: Path | None = None
    """File with such a text in place of `KEYS`, or a copy of `privacy_keys.json`."""
    user_ids: UserIds = Field(default=UserIds.HASHED)
    """What is kept in place of the shop's user ids: `hashed` keeps pseudonyms, which only the keys
    of privacy connect to an id; `plain` keeps the ids themselves, as former releases did."""
    keeps_people: bool = True
    """Whether the shop's own id of a person is kept, encrypted, beside the pseudonym: lists for
    e-mail and exports of a person need it. Without it a pseudonym leads back to nobody."""
    former_ids: bool = True
    """Whether the history may have ids from before they were hashed: they are then looked for as
    well. `false` once the last of them has expired."""
    smallest_count: int = Field(default=10, ge=0, le=100_000)
    """People below whom no page is told their number; larger numbers are rounded down to steps of
    it. 0 and 1 publish every number as it is (docs/small-counts.md)."""
    small_counts: SmallCountsAs = SmallCountsAs.OMIT
    """What is said in place of a smaller number: `omit` leaves it out, `round` says that it is
    fewer than `SMALLEST_COUNT`."""
    smallest_group: int = Field(default=0, ge=0, le=100_000)
    """Shoppers below whom the night leaves a row of its lists out, so that ranking does not go by
    it either; long-tail catalogues lose hits (docs/small-counts.md). 0 keeps all."""

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            keys_in(keys.get_secret_value())
        return keys

    @property
    def counts(self) -> SmallCounts:
        """What is published of numbers of people."""
        return SmallCounts(self.smallest_count, self.small_counts)

"""A file with the texts of keys, which servers register as they start.

The file of FITTING_ROOM_KEYS_FILE, for where keys come from the place of all other secrets, and
the one of the development keys have this form.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from personalization.domain.access.api_key import AccessRole, ApiKey, KeyKind, Scope
from personalization.domain.errors import InvalidKeyError
from personalization.keys.editor import KeyEditor, KeyMaker, NewKey
from personalization.keys.key_text import KeyText, make_key_text, parse_key_text
from personalization.keys.origins import normal_origins
from personalization.keys.private_file import put_private_file

_LONGEST: Final = 1024 * 1024


class FileKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    name: str
    scopes: tuple[Scope, ...] | None = None
    role: AccessRole | None = None
    origins: tuple[str, ...] = ()


class KeysFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[FileKey, ...]

    def page_key(self) -> str | None:
        """Return the text of the first publishable key."""
        parsed = (parse_key_text(key.text) for key in self.keys)
        publishable = (text for text in parsed if text and text.kind is KeyKind.PUBLISHABLE)
        return next((text.text for text in publishable), None)

    def key_ids(self) -> list[str]:
        return [text.key_id for key in self.keys if (text := parse_key_text(key.text))]


def make_keys_file(path: Path, origins: Iterable[str]) -> KeysFile:
    """Write a new file with a key for pages of the origins and one for an owner.

    Raises `InvalidKeyError` where the file exists.
    """
    bound = normal_origins(origins)
    if not bound:
        raise InvalidKeyError(
            "A publishable key needs the origins of its pages: --origin https://shop.example."
        )
    page, owner = make_key_text(KeyKind.PUBLISHABLE), make_key_text(KeyKind.SECRET)
    file = KeysFile(
        (
            FileKey(text=page.text, name="page", origins=bound),
            FileKey(text=owner.text, name="owner", role=AccessRole.OWNER),
        )
    )
    put_private_file(path, msgspec.json.format(msgspec.json.encode(file)) + b"\n")
    return file


def read_keys_file(path: Path) -> KeysFile:
    """Return what the file has; raises `InvalidKeyError`, which never says a text."""
    try:
        with path.open("rb") as opened:
            body = opened.read(_LONGEST + 1)
        if len(body) > _LONGEST:
            raise InvalidKeyError(f"{path} is no file of keys: it has more than a megabyte.")
        file = msgspec.json.decode(body, type=KeysFile)
    except OSError as error:
        raise InvalidKeyError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidKeyError(
            f"{path} is no file of keys ({error}): `fitting-room keys file` makes one."
        ) from error
    for key in file.keys:
        _check_text(path, key)
    return file


def register_keys(
    editor: KeyEditor, file: KeysFile, by: KeyMaker, *, is_development: bool = False
) -> list[ApiKey]:
    """Add the keys that the book lacks; one that was revoked stays so. Return those added."""
    added = []
    for key in file.keys:
        text = parse_key_text(key.text)
        if text is None:
            continue
        scopes = None if key.scopes is None else frozenset(key.scopes)
        wanted = NewKey(
            kind=text.kind,
            name=key.name,
            scopes=scopes,
            role=key.role,
            origins=key.origins,
            is_development=is_development,
        )
        new = editor.register(wanted, key.text, by)
        if new is not None:
            added.append(new)
    return added


def _check_text(path: Path, key: FileKey) -> KeyText:
    text = parse_key_text(key.text)
    if text is None:
        raise InvalidKeyError(
            f"{path}: the text of the key {key.name!r} is not written as keys are. "
            "`fitting-room keys file` makes some."
        )
    return text

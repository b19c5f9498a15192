"""A key for each session, by which a log that cannot forget is encrypted: crypto-shredding.

A process makes its own key for a session, so no two have to agree on one. The key is kept in a
store, encrypted by the keys of privacy; once it is destroyed there, nobody reads what the log has.
While the store is away, records carry their wrapped key with them: no event waits or is lost, but
such a record can be read until the log drops it.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from personalization.domain.errors import (
    PrivacyKeyError,
    SealedValueError,
    StoreUnavailableError,
)
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import Message
from personalization.ports.people.session_keys import SessionKeyId, SessionKeyStore, WrappedKey
from personalization.vault.field_cipher import FieldCipher, FieldPlace, key_id_of
from personalization.vault.privacy_ring import PrivacyKeyId

MARK: Final = b"\x00FRk"
"""Begins a sealed value; no JSON does."""
MOST_KNOWN: Final = 20_000
"""Keys that a reader remembers."""
_BY_ID, _CARRIED = b"\x01", b"\x02"
_ID_BYTES: Final = 16
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_START: Final = len(MARK) + 1
_ID_END: Final = _ID_START + _ID_BYTES
_LENGTH_BYTES: Final = 2
_STORE, _COLUMN = "session_keys", "wrapped"

_Content = tuple[str, bytes, tuple[tuple[str, str], ...]]
_CONTENT: Final = msgspec.msgpack.Decoder(_Content)
_ENCODER: Final = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class OwnKey:
    """A key that this process has made."""

    key_id: SessionKeyId
    session_id: SessionId
    cipher: AESGCM = field(repr=False)
    wrapped: bytes = field(repr=False)
    is_carried: bool = False

    def seal(self, message: Message) -> Message:
        """Return a message that says nothing; it goes to the partition of the plain one."""
        content = _ENCODER.encode((message.key, message.value, message.headers))
        nonce = os.urandom(_NONCE_BYTES)
        body = nonce + self.cipher.encrypt(nonce, content, self.key_id)
        if not self.is_carried:
            return Message("", MARK + _BY_ID + self.key_id + body, (), message.key)
        length = len(self.wrapped).to_bytes(_LENGTH_BYTES, "big")
        head = MARK + _CARRIED + self.key_id + length + self.wrapped
        return Message("", head + body, (), message.key)

    @property
    def row(self) -> WrappedKey:
        """What is stored of it; nothing but its existence where records carry it."""
        wrapped = b"" if self.is_carried else self.wrapped
        return WrappedKey(self.key_id, self.session_id, wrapped, self.is_carried)


@dataclass(frozen=True, slots=True)
class SealedContent:
    """A sealed value, taken apart."""

    key_id: SessionKeyId
    body: bytes
    carried: bytes | None = None
    """The wrapped key, where the value has it."""

    @classmethod
    def parse(cls, value: bytes) -> "SealedContent | None":
        """Return None for a value that is not sealed."""
        if not value.startswith(MARK) or len(value) < _ID_END + _NONCE_BYTES:
            return None
        kind, key_id = value[len(MARK) : _ID_START], SessionKeyId(value[_ID_START:_ID_END])
        if kind == _BY_ID:
            return cls(key_id, value[_ID_END:])
        if kind != _CARRIED:
            return None
        start = _ID_END + _LENGTH_BYTES
        end = start + int.from_bytes(value[_ID_END:start], "big")
        return cls(key_id, value[end:], value[start:end])


class KeyCase:
    """Wraps new keys, and unwraps those of the store and of records; used by one thread."""

    def __init__(self, store: SessionKeyStore, cipher: FieldCipher) -> None:
        self.store = store
        self._cipher = cipher
        self._known: OrderedDict[SessionKeyId, AESGCM | None] = OrderedDict()

    def make(self, session_id: SessionId) -> OwnKey:
        key_id, secret = SessionKeyId(os.urandom(_ID_BYTES)), os.urandom(_KEY_BYTES)
        wrapped = self._cipher.seal(_place(key_id), secret)
        return OwnKey(key_id, session_id, AESGCM(secret), wrapped)

    def load(self, contents: Sequence[SealedContent]) -> None:
        """Learn the keys of what is to be opened, in one go; may raise `StoreUnavailableError`."""
        wanted: dict[SessionKeyId, None] = {}
        for content in contents:
            if content.key_id in self._known:
                self._known.move_to_end(content.key_id)
            elif content.carried is not None:
                self._keep(content.key_id, content.carried)
            else:
                wanted[content.key_id] = None
        if wanted:
            for key_id, wrapped in self.store.read_many(list(wanted)).items():
                self._keep(key_id, wrapped)

    def knows(self, content: SealedContent) -> bool:
        """Say whether its key was found, be it as one that is destroyed."""
        return content.key_id in self._known

    def open(self, content: SealedContent) -> _Content | None:
        """Return key, value and headers; None where the key is destroyed.

        Raises `SealedValueError` for what was altered.
        """
        cipher = self._known.get(content.key_id)
        if cipher is None:
            return None
        nonce, text = content.body[:_NONCE_BYTES], content.body[_NONCE_BYTES:]
        try:
            opened: _Content = _CONTENT.decode(cipher.decrypt(nonce, text, content.key_id))
        except (InvalidTag, msgspec.DecodeError) as error:
            raise SealedValueError("A sealed record does not open: it was altered.") from error
        return opened

    def read(self, value: bytes) -> Iterator[bytes]:
        """Yield what a value of the log says, as far as its key is there."""
        content = SealedContent.parse(value)
        if content is None:
            return
        self.load([content])
        self.trim()
        opened = self.open(content) if self.knows(content) else None
        if opened is not None:
            key, plain, headers = opened
            yield from (key.encode(), plain, *(text.encode() for _, text in headers))

    def trim(self) -> None:
        """Forget the keys that were used least lately."""
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _keep(self, key_id: SessionKeyId, wrapped: bytes) -> None:
        try:
            secret = self._cipher.open(_place(key_id), wrapped) if wrapped else None
        except PrivacyKeyError as error:
            # It may be brought back: what it opens is no erased record.
            raise StoreUnavailableError(str(error)) from error
        except SealedValueError:
            return
        self._known[key_id] = None if secret is None else AESGCM(secret)


def count_wrapped_by(store: SessionKeyStore, key_id: PrivacyKeyId) -> Mapping[str, int]:
    """Return how many keys of sessions need a key of privacy; they go by their age."""
    needed = sum(key_id_of(wrapped) == key_id for page in store.pages() for wrapped in page)
    return {"keys of sessions in the log": needed}


def _place(key_id: SessionKeyId) -> FieldPlace:
    return FieldPlace(_STORE, _COLUMN, key_id.hex())

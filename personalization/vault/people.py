"""The shop's own id of each person, encrypted: for who has to tell the shop whom it is about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from personalization.domain.errors import PrivacyKeyError
from personalization.domain.identifiers import ShopUserId, UserId
from personalization.ports.people.people_store import PeopleStore
from personalization.vault.field_cipher import FieldCipher, FieldPlace, key_id_of
from personalization.vault.privacy_ring import PrivacyKeyId

_STORE: Final = "people"
_COLUMN: Final = "shop_id"


@dataclass(frozen=True, slots=True)
class People:
    """All calls block."""

    store: PeopleStore
    cipher: FieldCipher

    def add(self, people: Mapping[UserId, ShopUserId]) -> None:
        if people:
            self.store.add({name: self._seal(name, plain) for name, plain in people.items()})

    def select(self, user_ids: Sequence[UserId]) -> frozenset[UserId]:
        return frozenset(self.store.read_many(user_ids) if user_ids else ())

    def shop_ids(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ShopUserId]:
        """Return the shop's own ids; whoever is not there, or whose key is gone, is absent.

        Raises `SealedValueError` for a row that was altered.
        """
        found = self.store.read_many(user_ids) if user_ids else {}
        opened: dict[UserId, ShopUserId] = {}
        for name, sealed in found.items():
            try:
                opened[name] = ShopUserId(self.cipher.open(_place(name), sealed).decode())
            except PrivacyKeyError:
                continue
        return opened

    def forget(self, user_ids: Sequence[UserId]) -> None:
        """Make pseudonyms anonymous: nothing leads from them to a person any more."""
        self.store.forget(user_ids)

    def known_under(self, prefix: str) -> Iterator[Sequence[UserId]]:
        """Yield those whose pseudonym begins so."""
        for page in self.store.pages():
            yield [name for name in page if name.startswith(prefix)]

    def sealed_by(self, key_id: PrivacyKeyId) -> Iterator[Sequence[UserId]]:
        """Yield those whose id is encrypted by a key."""
        for page in self.store.pages():
            yield [name for name, sealed in page.items() if key_id_of(sealed) == key_id]

    def _seal(self, name: UserId, plain: ShopUserId) -> bytes:
        return self.cipher.seal(_place(name), plain.encode())


def _place(name: UserId) -> FieldPlace:
    return FieldPlace(_STORE, _COLUMN, name)

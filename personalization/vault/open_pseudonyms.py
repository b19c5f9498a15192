"""The history of a home folder behind the pseudonyms that the settings want."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from personalization.domain.clock import Clock
from personalization.domain.identifiers import UserId
from personalization.ports.event_history import EventHistory
from personalization.ports.people.people_store import PeopleStore
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.settings.privacy import PrivacySettings, UserIds
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.people import People
from personalization.vault.privacy_ring import PrivacyKeys
from personalization.vault.pseudonymous_history import PseudonymousHistory
from personalization.vault.pseudonyms import KeyedPseudonyms, PlainPseudonyms


class PrivateHistory(NamedTuple):
    history: EventHistory
    pseudonyms: Pseudonyms

    @classmethod
    def of(
        cls,
        settings: PrivacySettings,
        keys: PrivacyKeys,
        clock: Clock,
        history: EventHistory,
        people: PeopleStore,
    ) -> "PrivateHistory":
        if settings.user_ids is UserIds.PLAIN:
            return cls(history, PlainPseudonyms(keys))

        def known_of(user_ids: Sequence[UserId]) -> list[UserId]:
            return [user_id for user_id in user_ids if history.sessions_of(user_id, 1)]

        kept = People(people, FieldCipher(keys, clock)) if settings.keeps_people else None
        pseudonyms = KeyedPseudonyms(keys, clock, known_of, kept, asks_plain=settings.former_ids)
        return cls(PseudonymousHistory(history, pseudonyms), pseudonyms)


MakesPrivate = Callable[[EventHistory, PeopleStore], PrivateHistory]

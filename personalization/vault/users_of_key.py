"""Who is known under a key of privacy, and what has to be done before it may go."""

from collections.abc import Mapping
from dataclasses import dataclass

from personalization.ports.event_history import EventHistory
from personalization.vault.people import People
from personalization.vault.privacy_ring import PrivacyKeyId
from personalization.vault.pseudonym import prefix_of


@dataclass(frozen=True, slots=True)
class UsersOfKey:
    history: EventHistory
    people: People

    def needs(self, key_id: PrivacyKeyId) -> Mapping[str, int]:
        """Return how many events name people under the key; reads the whole history."""
        prefix = prefix_of(key_id)
        events = sum(
            1
            for day in self.history.days()
            for columns in self.history.read_day_columns(day)
            for user_id in columns.user_ids
            if user_id is not None and user_id.startswith(prefix)
        )
        return {"events of the history": events}

    def settle(self, key_id: PrivacyKeyId) -> None:
        """Forget people of whom only the row is left, and encrypt the others' ids anew."""
        prefix = prefix_of(key_id)
        for names in self.people.known_under(prefix):
            self.people.forget(names)
        for names in self.people.sealed_by(key_id):
            self.people.add(self.people.shop_ids(names))

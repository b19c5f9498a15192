"""Takes the tastes of erased people out of all generations that are kept."""

from collections import Counter
from dataclasses import dataclass, field

from personalization.domain.identifiers import UserId
from personalization.domain.prior import PriorTable
from personalization.erasure.erasure_request import RequestBook
from personalization.ports.prior_store import PriorStore


@dataclass(slots=True)
class KeptTastes:
    """Of one night: each generation is written again once, however many requests there are."""

    priors: PriorStore
    book: RequestBook
    _searched: set[UserId] = field(init=False, default_factory=set)
    _removed: Counter[UserId] = field(init=False, default_factory=Counter[UserId])

    def erase(self, users: tuple[UserId, ...]) -> int:
        """Return how many lists of the users there were; raises `StoreUnavailableError`.

        The active generation is among them: a night that had begun before somebody was erased
        publishes what it has read of them.
        """
        if not self._searched.issuperset(users):
            wanted = {*users, *self._waiting()} - self._searched
            removed = self.priors.erase([(PriorTable.USER_TASTES, user) for user in sorted(wanted)])
            self._removed.update({UserId(user): count for (_, user), count in removed.items()})
            self._searched |= wanted
        return sum(self._removed[user] for user in dict.fromkeys(users))

    def _waiting(self) -> set[UserId]:
        """Return the people of all requests that a night works off."""
        return {user for name in self.book.open().night for user in self.book.read(name).users}

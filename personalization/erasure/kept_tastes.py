"""Takes tastes out of the generations that are kept.

An erased person has none in any. Of one who stays, and of whom a visit was erased, they go from
all generations that may have counted it: nothing tells what it had added. The next night makes
them anew from what is left.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.prior import Generation, PriorTable
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.store_eraser import ErasedPeople
from personalization.ports.prior_store import PriorStore
from personalization.priors.warehouse import BEGUN_AT


class _TastesOf(NamedTuple):
    user: UserId
    erased_at: datetime | None = None
    """What was begun since may keep them; None where nothing may."""


@dataclass(slots=True)
class KeptTastes:
    """Of one night: each generation is written again as seldom as can be."""

    priors: PriorStore
    book: RequestBook
    _searched: set[_TastesOf] = field(init=False, default_factory=set)
    _removed: Counter[UserId] = field(init=False, default_factory=Counter[UserId])

    def erase(self, people: ErasedPeople) -> int:
        """Return how many lists of the people there were; raises `StoreUnavailableError`.

        The active generation is among them: a night that had begun before somebody was erased
        publishes what it has read of them.
        """
        wanted = _tastes_of(people)
        if not self._searched.issuperset(wanted):
            new = (wanted | self._waiting()) - self._searched
            for spared, users in self._group_by_rest(new).items():
                keys = [(PriorTable.USER_TASTES, user) for user in sorted(users)]
                removed = self.priors.erase(keys, spared)
                self._removed.update({UserId(user): count for (_, user), count in removed.items()})
            self._searched |= new
        return sum(self._removed[user] for user in {each.user for each in wanted})

    def _waiting(self) -> set[_TastesOf]:
        """Return those of all requests that a night works off."""
        requests = map(self.book.read, self.book.open().night)
        return {each for request in requests for each in _tastes_of(request.people)}

    def _group_by_rest(
        self, wanted: Iterable[_TastesOf]
    ) -> Mapping[frozenset[GenerationId], set[UserId]]:
        generations = self.priors.generations()
        found = defaultdict[frozenset[GenerationId], set[UserId]](set)
        for each in wanted:
            found[begun_since(generations, each.erased_at)].add(each.user)
        return found


def _tastes_of(people: ErasedPeople) -> set[_TastesOf]:
    return {
        *(_TastesOf(user) for user in people.users),
        *(_TastesOf(user, people.live_at) for user in people.visitors),
    }


def begun_since(
    generations: Collection[Generation], moment: datetime | None
) -> frozenset[GenerationId]:
    """Return those that were begun after a moment; none of a former release, nor without one."""
    return frozenset(
        made.generation_id
        for made in generations
        if moment is not None
        and BEGUN_AT in made.parameters
        and datetime.fromisoformat(made.parameters[BEGUN_AT]) > moment
    )

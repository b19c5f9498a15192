"""Threads that read different versions of the list of erased sessions at the same moment."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import SESSION_INDEX
from personalization.neighbours.erasures import Erasure, Erasures
from personalization.neighbours.index_bytes import chunks_of, encode_index
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.session_index import build_index
from personalization.plans.current_plan import CurrentPlan
from personalization.priors.active_priors import ActivePriors
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop

ERASED = 7
SESSIONS = [PastSession(number, ("p1", "p2"), digest=number) for number in (ERASED, 8, 9)]


def a_list(version: int) -> Erasures:
    sessions = (f"{ERASED:016x}",)
    erasure = Erasure(version=version, erased_at=NOON, author="ann", sessions=sessions)
    return Erasures(version=version, erasures=(erasure,) if version > 1 else ())


class InterruptedPlan:
    """A list whose reader is overtaken by another thread when it looks at the version again."""

    def __init__(self, version: int, interrupt: Callable[[], object]) -> None:
        self.document = a_list(version)
        self._version = version
        self._interrupt = interrupt
        self._looks = 0

    @property
    def version(self) -> int:
        self._looks += 1
        if self._looks == 2:
            self._interrupt()
        return self._version


class PlansInTurn:
    def __init__(self) -> None:
        self.coming: list[InterruptedPlan] = []

    def read(self) -> InterruptedPlan:
        return self.coming.pop(0)


def test_the_newest_list_holds_in_the_end(tmp_path: Path) -> None:
    store, generation_id = a_small_shop(tmp_path).priors, GenerationId("with digests")
    store.write_index(generation_id, chunks_of(encode_index(build_index(SESSIONS))))
    rows = {SESSION_INDEX: len(SESSIONS)}
    store.register(a_generation(generation_id=generation_id, rows_by_table=rows))
    store.promote(generation_id)
    plans = PlansInTurn()
    priors = ActivePriors(store, cast("CurrentPlan[Erasures]", plans))
    older = InterruptedPlan(1, list)
    newer = InterruptedPlan(2, priors.pin)
    plans.coming += [newer, older, InterruptedPlan(2, list)]

    priors.pin()
    index = priors.pin().session_index()

    assert index is not None
    assert index.erased_version == 2

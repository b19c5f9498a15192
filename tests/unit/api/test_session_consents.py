"""Consent on the event loop: plans that are slow or away hold nobody up, and lose nothing."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.http.blocking_calls import BlockingCalls
from api.sessions.session_consents import SessionConsents, consents_plan
from personalization.domain.consent import NOTHING_STATED
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.plan_store import Plan
from personalization.settings.consent import ConsentSettings
from tests.builders.moments import NOON

SESSION = SessionId("5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e")


class PlansByThread:
    def __init__(self, *, is_away: bool = False) -> None:
        self.threads = set[int]()
        self.is_away = is_away

    def versions(self, name: str) -> Sequence[int]:
        self._answer(name)
        return ()

    def read(self, name: str) -> Plan | None:
        self._answer(name)
        return None

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        del body, after, author
        self._answer(name)
        return 1

    def _answer(self, name: str) -> None:
        self.threads.add(threading.get_ident())
        if self.is_away:
            raise StoreUnavailableError(f"{name} cannot be read")


def consents_over(plans: PlansByThread) -> SessionConsents:
    return SessionConsents(
        sessions=None,  # type: ignore[arg-type]
        history=None,  # type: ignore[arg-type]
        plans=plans,  # type: ignore[arg-type]
        plan=consents_plan(plans, 0.0),  # type: ignore[arg-type]
        blocking=BlockingCalls(2),
        settings=ConsentSettings(),
        seconds=lambda: 0.0,
    )


def test_plans_are_looked_at_off_the_event_loop() -> None:
    plans = PlansByThread()
    consents = consents_over(plans)

    async def ask() -> int:
        assert await consents.statement(SESSION) is NOTHING_STATED
        assert not await consents.refusing(SESSION)
        return threading.get_ident()

    of_loop = asyncio.run(ask())
    assert plans.threads
    assert of_loop not in plans.threads


def test_a_choice_that_nobody_would_look_for_later_is_refused() -> None:
    consents = consents_over(PlansByThread(is_away=True))
    with pytest.raises(StoreUnavailableError):
        consents.write(SESSION, NOTHING_STATED.choose((), NOON))

import asyncio
from collections.abc import Callable

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock, Throttle
from personalization.merchandising.current_rules import CurrentRules, RulesState


class RulesWatch:
    """Looks off the event loop for newer rules, rules that begin or end, and changed products."""

    def __init__(
        self,
        rules: CurrentRules,
        clock: Clock,
        on_change: Callable[[], None],
        catalogue: CatalogueCache | None = None,
    ) -> None:
        self._rules = rules
        self._catalogue = catalogue
        self._clock = clock
        self._on_change = on_change
        self._state: RulesState | None = None
        self._rules_look = Throttle(rules.every_seconds)
        look_seconds = catalogue.look_seconds if catalogue is not None else None
        self._pause = min(rules.every_seconds, look_seconds or rules.every_seconds)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._pause)

    async def look(self) -> None:
        if self._rules_look.due():
            await asyncio.to_thread(self._rules.refresh)
        state = self._rules.state(self._clock.now())
        if self._catalogue is not None:
            await asyncio.to_thread(self._catalogue.refresh)
            state = state._replace(catalogue=self._catalogue.version)
        before, self._state = self._state, state
        if before is not None and before != self._state:
            self._on_change()

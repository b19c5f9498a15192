import asyncio
from collections.abc import Callable

from personalization.domain.clock import Clock
from personalization.merchandising.current_rules import CurrentRules, RulesState


class RulesWatch:
    """Looks for newer rules off the event loop, and for rules that begin or end by the clock."""

    def __init__(self, rules: CurrentRules, clock: Clock, on_change: Callable[[], None]) -> None:
        self._rules = rules
        self._clock = clock
        self._on_change = on_change
        self._state: RulesState | None = None

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._rules.every_seconds)

    async def look(self) -> None:
        await asyncio.to_thread(self._rules.refresh)
        before, self._state = self._state, self._rules.state(self._clock.now())
        if before is not None and before != self._state:
            self._on_change()

import asyncio
from collections.abc import Set as AbstractSet
from typing import Protocol

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock, Throttle
from personalization.domain.identifiers import ProductId
from personalization.merchandising.current_rules import CurrentRules, RulesState


class HearsOfShop(Protocol):
    def on_rules(self) -> None: ...

    def on_products(self, changed: AbstractSet[ProductId]) -> None:
        """Hear what has changed since the last look, which may be nothing: time passes."""


class RulesWatch:
    """Looks off the event loop for newer rules, rules that begin or end, and changed products."""

    def __init__(
        self,
        rules: CurrentRules,
        clock: Clock,
        pages: HearsOfShop,
        catalogue: CatalogueCache | None = None,
    ) -> None:
        self._rules = rules
        self._catalogue = catalogue
        self._clock = clock
        self._pages = pages
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
        before, self._state = self._state or state, state
        changed = self._products_changed_since(before)
        if changed is None or before._replace(catalogue=state.catalogue) != state:
            self._pages.on_rules()
        else:
            self._pages.on_products(changed)

    def _products_changed_since(self, before: RulesState) -> AbstractSet[ProductId] | None:
        if self._catalogue is None:
            return frozenset()
        return self._catalogue.changed_since(before.catalogue)

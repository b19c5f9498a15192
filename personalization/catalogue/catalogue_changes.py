"""When the catalogue was last imported: what running processes look at every few seconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from personalization.codec.json_codec import JsonCodec
from personalization.domain.errors import SupersededError
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.plan_store import CATALOGUE, PlanStore

_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueState:
    """What an import left behind."""

    imported_at: datetime | None = None
    has_retired: bool = False
    """Whether any product is retired; where none is, nobody needs to look for them."""


_STATE: JsonCodec[CatalogueState] = JsonCodec(CatalogueState)
CurrentCatalogueState = CurrentPlan[CatalogueState]


def catalogue_changes(plans: PlanStore, every_seconds: float) -> CurrentCatalogueState:
    return CurrentPlan(plans, CATALOGUE, _STATE.decode, CatalogueState(), every_seconds)


def announce_import(plans: PlanStore, state: CatalogueState) -> None:
    """Tell running processes that the catalogue has changed."""
    body = _STATE.encode(state)
    for tries_left in reversed(range(_TRIES)):
        newest = plans.read(CATALOGUE)
        try:
            plans.write(CATALOGUE, body, after=NO_VERSION if newest is None else newest.version)
        except SupersededError:
            # Another import has just ended; the next version says what both left.
            if not tries_left:
                raise
        else:
            return

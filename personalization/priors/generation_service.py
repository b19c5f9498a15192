from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from personalization.audit.recording import Auditor, Change
from personalization.domain.errors import GenerationRejectedError, UnknownNameError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation
from personalization.ports.prior_store import PriorStore
from personalization.priors.promotion import check_concentration, check_size
from personalization.priors.warehouse import BACKFILL
from personalization.settings.nightly import NightlySettings

PROMOTED = "generations.promote"
ROLLED_BACK = "generations.rollback"
SIZE = "size"
SHARE = "shopper share"
"""The checks of a promotion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGeneration:
    generation_id: GenerationId
    active: bool
    backfill: bool
    """It was made to be kept, not promoted."""
    run_date: date
    """Its last day of events."""
    created_at: datetime
    rows: int
    """Of all its tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGeneration:
    generation: Generation
    active: bool
    gate: Mapping[str, str | None]
    """Check of a promotion -> what is wrong; None where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    generation_id: GenerationId
    """The one that is active now."""
    replaced: GenerationId | None


@dataclass(frozen=True, slots=True)
class GenerationService:
    """What operators and nights do with generations; whatever becomes active is recorded."""

    store: PriorStore
    settings: NightlySettings
    auditor: Auditor

    def list(self) -> list[ListedGeneration]:
        """Return those that are kept, newest first."""
        active = self.store.active()
        return [_row_of(generation, active) for generation in self.store.generations()]

    def show(self, generation_id: str) -> ShownGeneration:
        """Raise `UnknownNameError` for one that is not kept."""
        generation, active = self._find(generation_id), self.store.active()
        gate = self._faults(generation, active)
        return ShownGeneration(generation=generation, active=_is(generation, active), gate=gate)

    def promote(self, generation_id: str, author: str, *, accept_smaller: bool) -> Promoted:
        """Make a kept generation the active one.

        Raises `UnknownNameError`, and `GenerationRejectedError` where one shopper made too much of
        it, or where it is much smaller than the active one, unless that is accepted.
        """
        generation, active = self._find(generation_id), self.store.active()
        for name, fault in self._faults(generation, active).items():
            if fault is not None and not (name == SIZE and accept_smaller):
                raise GenerationRejectedError(fault)
        return self.activate(generation, author, PROMOTED)

    def roll_back(self, author: str) -> Promoted:
        """Make the generation active that was made before the active one, by whatever size.

        Raises `GenerationRejectedError` where none before it is kept.
        """
        active, known = self.store.active(), self.store.generations()
        older = [
            generation
            for generation in known
            if active is not None
            and BACKFILL not in generation.parameters
            and generation.created_at < active.created_at
        ]
        if not older:
            raise GenerationRejectedError("No generation from before the active one is kept.")
        return self.activate(older[0], author, ROLLED_BACK)

    def activate(self, generation: Generation, author: str, action: str = PROMOTED) -> Promoted:
        """Make a generation active, without a check; one that is active already is left alone."""
        active = self.store.active()
        chosen = generation.generation_id
        if _is(generation, active):
            return Promoted(generation_id=chosen, replaced=None)
        if BACKFILL in generation.parameters:
            # From now on it is one that has served: it is kept and gone back to as those are.
            others = {key: of for key, of in generation.parameters.items() if key != BACKFILL}
            self.store.register(replace(generation, parameters=others))
        self.store.promote(chosen)
        replaced = active.generation_id if active is not None else None
        self.auditor.record(
            Change(author=author, action=action, subject=chosen, before=replaced, after=chosen)
        )
        return Promoted(generation_id=chosen, replaced=replaced)

    def _find(self, generation_id: str) -> Generation:
        known = self.store.generations()
        for generation in known:
            if generation.generation_id == generation_id:
                return generation
        kept = ", ".join(generation.generation_id for generation in known) or "none yet"
        raise UnknownNameError(f"There is no generation {generation_id!r}. Kept are: {kept}.")

    def _faults(self, made: Generation, active: Generation | None) -> dict[str, str | None]:
        coverage, share = self.settings.minimum_coverage, self.settings.maximum_shopper_share
        return {
            SIZE: _fault(lambda: check_size(made, active, coverage)),
            SHARE: _fault(lambda: check_concentration(made, share)),
        }


def _fault(check: Callable[[], None]) -> str | None:
    try:
        check()
    except GenerationRejectedError as error:
        return str(error)
    return None


def _is(generation: Generation, active: Generation | None) -> bool:
    return active is not None and active.generation_id == generation.generation_id


def _row_of(generation: Generation, active: Generation | None) -> ListedGeneration:
    return ListedGeneration(
        generation_id=generation.generation_id,
        active=_is(generation, active),
        backfill=BACKFILL in generation.parameters,
        run_date=generation.run_date,
        created_at=generation.created_at,
        rows=sum(generation.rows_by_table.values()),
    )

"""Tries proposed rules on the past and says what they would change; writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track

from cli.commands.evaluate import held_back_sessions
from evaluation.rules_dry_run.comparison import Comparison, compared
from evaluation.rules_dry_run.past_visits import Visit, held_back_visits, last_visits
from evaluation.rules_dry_run.worth import Worth, worth_of
from evaluation.wiring import DryRunResources, open_dry_run
from personalization.learning.past_rounds import Period
from personalization.learning.rounds import ShownPosition
from personalization.merchandising.editor import Edit, RuleDesk
from personalization.merchandising.rule_book import RuleBook
from personalization.ports.event_history import CLOCK_SLACK
from personalization.wiring import CoreSettings


@dataclass(frozen=True, slots=True)
class Trial:
    """How proposed rules are tried."""

    last: int
    """Decisions that are made again at the most."""
    as_of: datetime
    """The moment at which rules hold or not."""
    held_back: bool = False
    """On the sessions that the import kept back, not on what was decided."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the proposal is, and what it would change."""

    version: int
    """The one that it would follow."""
    before: RuleBook
    after: RuleBook
    warnings: Sequence[str]
    comparison: Comparison
    worth: Worth | None


def tried(settings: CoreSettings, edit: Edit, trial: Trial, console: Console) -> Tried:
    """Try what an edit makes of the rules; raises `InvalidRuleError` for what cannot be."""
    with open_dry_run(settings) as kit:
        desk = RuleDesk(kit.kept)
        version, before = desk.newest()
        after = edit(before)
        warnings = desk.checked(before, after)
        visits = _visits(kit, settings.storage.held_out_file, trial)
        shown = track(visits, "Deciding again", total=trial.last, console=console, transient=True)
        comparison = compared(kit.decider, shown, before, after, trial.as_of)
        with console.status("Reading what was seen and what came of it"):
            worth = None if trial.held_back else _worth(kit, before, after, trial)
    return Tried(version, before, after, warnings, comparison, worth)


def _visits(kit: DryRunResources, held_back: Path, trial: Trial) -> Iterator[Visit]:
    if trial.held_back:
        return held_back_visits(held_back_sessions(held_back), kit.catalogue, trial.last)
    stores = kit.kept.history, kit.kept.decisions
    return last_visits(*stores, kit.catalogue, datetime.now(UTC), trial.last)


def _worth(kit: DryRunResources, before: RuleBook, after: RuleBook, trial: Trial) -> Worth | None:
    """Return the estimates over as many seen positions as decisions are tried."""
    days = list(kit.kept.history.days())
    # Events have their day by the shopper's clock, decisions by ours.
    newest = Period((days[-1] - CLOCK_SLACK) if days else None)
    closed = kit.rounds.closed(newest, datetime.now(UTC)).closed[-trial.last :]

    def shown() -> Iterable[ShownPosition]:
        return kit.rounds.shown(closed)

    return worth_of(shown, before, after, trial.as_of) if closed else None

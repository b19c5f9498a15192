"""Tries proposed rules on the past and says what they would change; writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.held_out import held_out_sessions
from evaluation.rules_dry_run.comparison import Comparison
from evaluation.rules_dry_run.past_visits import Visit, held_out_visits, last_visits
from evaluation.rules_dry_run.worth import Worth, worth_of
from evaluation.wiring import DryRunResources
from personalization.learning.past_rounds import Period
from personalization.learning.rounds import ShownImpression
from personalization.merchandising.editor import Edit, RuleEditor
from personalization.merchandising.rule_book import RuleBook
from personalization.ports.event_history import CLOCK_SLACK


@dataclass(frozen=True, slots=True)
class Trial:
    last: int
    """Decisions that are made again at the most."""
    as_of: datetime
    """The moment at which rules hold or not."""
    on_held_out: bool = False
    """On the held-out sessions instead of past decisions."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit of the newest rules that has not been written."""

    version: int
    """The version that it edits."""
    before: RuleBook
    after: RuleBook
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class DryRun:
    proposal: Proposal
    comparison: Comparison
    worth: Worth | None


def propose(resources: DryRunResources, edit: Edit) -> Proposal:
    """Return the edited rules; raises `InvalidRuleError` for rules that cannot be."""
    editor = RuleEditor(resources.kept)
    newest = editor.newest()
    before, after = newest.document, edit(newest.document)
    return Proposal(newest.version, before, after, editor.check(before, after))


def visits_of(resources: DryRunResources, held_out_file: Path, trial: Trial) -> Iterator[Visit]:
    if trial.on_held_out:
        return held_out_visits(held_out_sessions(held_out_file), resources.catalogue, trial.last)
    stores = resources.kept.history, resources.kept.decisions
    return last_visits(*stores, resources.catalogue, datetime.now(UTC), trial.last)


def estimate_worth(resources: DryRunResources, proposal: Proposal, trial: Trial) -> Worth | None:
    """Return the estimates; None for held-out sessions, which saw nothing, or if none is known."""
    if trial.on_held_out:
        return None
    days = list(resources.kept.history.days())
    # Events have their day by the shopper's clock, decisions by ours.
    newest = Period((days[-1] - CLOCK_SLACK) if days else None)
    settled = resources.rounds.read_outcomes(newest, datetime.now(UTC)).settled[-trial.last :]

    def positions() -> Iterable[ShownImpression]:
        return resources.rounds.impressions(settled)

    if not settled:
        return None
    return worth_of(positions, proposal.before, proposal.after, trial.as_of)

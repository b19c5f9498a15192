"""Shapes of the routes under `/v1/admin`."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from personalization.domain.event import Event
from personalization.experiments.experiment import Experiment, StoppedArm
from personalization.explanations.why_not import WhyNot
from personalization.learning.snapshot_service import CheckedSnapshot, RolledBack
from personalization.merchandising.rules_document import WrittenRule, WrittenRules
from personalization.policies.placements_document import WrittenPlacement, WrittenPlacements
from personalization.priors.generation_service import ListedGeneration, Promoted, ShownGeneration

_Id = Annotated[str, Meta(min_length=1, max_length=128)]
_Ids = Annotated[list[_Id], Meta(max_length=10_000)]


class Working(msgspec.Struct, frozen=True):
    """An answer that is still being made."""

    state: Literal["working"] = "working"


class RulePage(msgspec.Struct, frozen=True):
    """Rules of the newest version, in the order of the book."""

    version: int
    total: int
    rules: list[WrittenRule]


class RuleAnswer(msgspec.Struct, frozen=True):
    """One rule, and the version of the book that it was read from."""

    version: int
    rule: WrittenRule


class RulesAnswer(msgspec.Struct, frozen=True):
    """What was written, or would be: the version, its size, and what was probably not meant."""

    version: int
    rules: int
    warnings: list[str]


class RuleVersion(msgspec.Struct, frozen=True):
    """A version of the book: who wrote it, and when."""

    version: int
    written_at: datetime
    author: str | None
    rules: int | None
    """How many it has; null where this release cannot read them."""


class RuleVersions(msgspec.Struct, frozen=True):
    """Versions of the book, newest first."""

    total: int
    versions: list[RuleVersion]


class PastRules(msgspec.Struct, frozen=True):
    """The whole book as it stood in a version; `rules` may be put back as they are."""

    version: int
    rules: list[WrittenRule]


class StockReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products that ran out, and products that are back."""

    out: _Ids = []
    back: _Ids = []


class ExperimentPage(msgspec.Struct, frozen=True):
    """Experiments, ended ones too, in the order of their start."""

    version: int
    total: int
    experiments: list[Experiment]


class ExperimentFields(msgspec.Struct, frozen=True):
    """An experiment as it is begun: the first arm is the control, unless another is named."""

    experiment_id: str
    arms: list[dict[str, Any]]
    """`name`, `share`, and what is different: `policies`, `tuning`, `model_version`."""
    control: str = ""
    unit: Literal["session", "user"] = "session"
    primary: str = "ctr"
    guardrails: list[dict[str, Any]] = []
    minimal_effect: float = 0.1
    planned_units: int = 2_000
    window_seconds: float = 1_800.0
    shadows: dict[str, list[str]] = {}
    """Placement -> policies that are computed and never shown."""


class ExperimentStop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to stop: an arm, or the whole experiment."""

    arm: Annotated[str, Meta(max_length=128)] | None = None


class ExperimentReport(msgspec.Struct, frozen=True):
    """What an experiment has shown by now, as `fitting-room experiment report --json` has it."""

    experiment: Experiment
    sample_ratio: dict[str, Any]
    waiting: int
    misplaced: int
    arms: list[dict[str, Any]]
    conclusions: list[dict[str, Any]]
    made_up: int = 0
    cut_orders: int = 0


class CheckedExperiment(msgspec.Struct, frozen=True):
    """A running experiment after a look at it: what each arm does, and what was stopped now."""

    experiment_id: str
    standings: dict[str, str]
    reasons: dict[str, str]
    stopped: list[StoppedArm]


class ExperimentChecks(msgspec.Struct, frozen=True):
    """All running experiments."""

    checked: list[CheckedExperiment]


class SnapshotRow(msgspec.Struct, frozen=True):
    """A snapshot of what was learned; rounds and bytes are null of a damaged one."""

    version: str
    current: bool
    pinned: bool
    """Whether an arm of a running experiment holds it."""
    saved_at: datetime
    rounds: int | None
    bytes: int | None
    parts: list[str]
    damage: str | None


class SnapshotPage(msgspec.Struct, frozen=True):
    """Snapshots, newest first."""

    total: int
    snapshots: list[SnapshotRow]


class RollbackOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to go back: with the models alone, what was learned since is left out for good."""

    models_only: bool = False


class GenerationPage(msgspec.Struct, frozen=True):
    """Generations of priors, newest first."""

    total: int
    generations: list[ListedGeneration]


class PromotionOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether one that is much smaller than the active one is meant."""

    accept_smaller: bool = False


class DeadLetterRow(msgspec.Struct, frozen=True):
    """What could not be processed, and why."""

    place: str
    """`partition:offset`, by which it is named."""
    at: datetime
    """When it was set aside."""
    session_id: str
    source: str
    code: str
    reason: str
    origin: str | None
    """Its place in the log of events; null of what never got there."""
    redriven_at: datetime | None
    discarded_at: datetime | None
    body: str
    """The beginning, 4 KiB at most."""


class ReasonCount(msgspec.Struct, frozen=True):
    """How many dead letters have one reason."""

    code: str
    source: str
    letters: int


class DeadLetterPage(msgspec.Struct, frozen=True):
    """Dead letters, newest first, and counts of all that were selected."""

    total: int
    counts: list[ReasonCount]
    letters: list[DeadLetterRow]
    next: str | None
    """Send it as `after` for the next page; null on the last."""


class DeadLetterShown(msgspec.Struct, frozen=True):
    """One dead letter, and what a redrive would do with it now."""

    letter: DeadLetterRow
    would_publish: bool
    verdict: str


class LetterOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which dead letters to work through: places, or those that fit all that is said, or all.

    One call does at most `limit` of them; while the answer has a `next`, send it as `after`.
    """

    places: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=1_000)] = []
    reason: _Id | None = None
    source: Literal["api", "scorer"] | None = None
    session: _Id | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    all: bool = False
    dry_run: bool = False
    """Only say what would be redriven."""
    limit: Annotated[int, Meta(ge=1, le=5_000)] = 1_000
    after: Annotated[str, Meta(max_length=80)] | None = None


class LetterOutcome(msgspec.Struct, frozen=True):
    """What became of the letters of one call."""

    done: int
    """Redriven, or discarded."""
    already: int
    """Passed over: somebody had done something with them before."""
    kept: dict[str, int]
    """Code of the reason that still holds -> how many."""
    missing: list[str]
    """Places at which there is no dead letter."""
    next: str | None
    """Where to go on; null at the end."""


class EventPage(msgspec.Struct, frozen=True):
    """The newest events of a session, in the order of the history."""

    session_id: str
    total: int
    events: list[Event]


class PlacementsAnswer(msgspec.Struct, frozen=True):
    """The placements in force; version 0 where they are those of the setting."""

    version: int
    placements: list[WrittenPlacement]


ADMIN_SHAPES: tuple[type, ...] = (
    Working, RulePage, RuleAnswer, RulesAnswer, RuleVersions, PastRules, WrittenRule, WrittenRules,
    StockReport, ExperimentPage, Experiment, ExperimentFields, ExperimentStop, ExperimentReport,
    ExperimentChecks, SnapshotPage, RollbackOrder, GenerationPage, ShownGeneration, Promoted,
    CheckedSnapshot, RolledBack, WhyNot, PromotionOrder, DeadLetterPage, DeadLetterShown,
    LetterOrder, LetterOutcome, EventPage, PlacementsAnswer, WrittenPlacement, WrittenPlacements,
)  # fmt: skip

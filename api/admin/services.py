from dataclasses import dataclass, field

from api.admin.turns import AdminTurns, LongAnswers
from personalization.experiments.service import ExperimentService
from personalization.explanations.explanation_service import ExplanationService
from personalization.keys.editor import KeyEditor
from personalization.learning.snapshot_service import SnapshotService
from personalization.merchandising.editor import RuleEditor
from personalization.policies.current_placements import PlacementEditor
from personalization.ports.audit_log import AuditLog
from personalization.priors.generation_service import GenerationService
from personalization.tracking.dead_letter_service import DeadLetterService


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminServices:
    """The operations that the command line has, too."""

    rules: RuleEditor
    placements: PlacementEditor
    experiments: ExperimentService
    snapshots: SnapshotService
    generations: GenerationService
    dead_letters: DeadLetterService
    explanations: ExplanationService
    keys: KeyEditor
    audit: AuditLog
    turns: AdminTurns = field(default_factory=AdminTurns)
    long_answers: LongAnswers = field(default_factory=LongAnswers)

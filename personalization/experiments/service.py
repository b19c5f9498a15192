from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from personalization.domain.clock import Clock
from personalization.experiments.admission import Admission
from personalization.experiments.conclusion import Conclusion, conclude
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.experiment import Experiment
from personalization.experiments.experiment_fields import experiment_of
from personalization.experiments.past_experiments import PastExperiments
from personalization.experiments.report import report_fields
from personalization.experiments.stop_rule import Checked, check, stop_by_hand


@dataclass(frozen=True, slots=True)
class ExperimentService:
    """What operators do with experiments, by command or over HTTP."""

    editor: ExperimentEditor
    past: PastExperiments
    admission: Admission
    clock: Clock

    def start(self, fields: dict[str, Any], author: str) -> Experiment:
        """Start what the fields of a document describe; may raise `InvalidExperimentError`."""
        experiment = experiment_of(fields, self.clock.now())
        self.admission.check(experiment)
        self.editor.start(experiment, author)
        return experiment

    def stop(self, experiment_id: str, arm: str | None, author: str) -> Experiment:
        """End it, or stop one of its arms, whose units fall to the control.

        Raises `InvalidExperimentError`, or `UnknownExperimentError`.
        """
        stop_by_hand(self.editor, experiment_id, arm, self.clock.now(), author)
        return self.editor.find(experiment_id)

    def conclude(self, experiment_id: str) -> Conclusion:
        """Read what was seen and done; seconds to minutes, by what the history has."""
        return conclude(self.past.measure(self.editor.find(experiment_id), self.clock.now()))

    def report(self, experiment_id: str) -> dict[str, Any]:
        return self.report_of(self.conclude(experiment_id))

    def report_of(self, conclusion: Conclusion) -> dict[str, Any]:
        return report_fields(conclusion, self.product_count())

    def product_count(self) -> int:
        return self.past.catalogue.product_count()

    def check(self) -> Sequence[Checked]:
        """Stop every arm that loses or breaks a guardrail."""
        return check(self.editor, self.past, self.clock.now())

from collections.abc import Callable

from personalization.audit.recording import Auditor, Change
from personalization.domain.errors import InvalidExperimentError, UnknownExperimentError
from personalization.experiments.experiment import EXPERIMENT_BOOK, Experiment, ExperimentBook
from personalization.plans.current_plan import Parsed
from personalization.plans.editor import Edited, PlanEditor
from personalization.ports.plan_store import EXPERIMENTS, Plan, PlanStore

STARTED = "experiments.start"
CHANGED = "experiments.stop"
"""All that may happen to an experiment that has been started."""


class ExperimentEditor:
    """Whatever another experiment is after an edit goes to the audit log."""

    def __init__(self, store: PlanStore, auditor: Auditor) -> None:
        self._auditor = auditor
        encode = EXPERIMENT_BOOK.encode
        self._plans = PlanEditor(store, EXPERIMENTS, _parse, encode, ExperimentBook())

    def book(self) -> ExperimentBook:
        return self.newest().document

    def newest(self) -> Parsed[ExperimentBook]:
        return self._plans.newest()

    def find(self, experiment_id: str) -> Experiment:
        book = self.book()
        found = book.find(experiment_id)
        if found is None:
            known = ", ".join(known.experiment_id for known in book.experiments) or "none yet"
            raise UnknownExperimentError(
                f"There is no experiment {experiment_id!r}. There are: {known}."
            )
        return found

    def start(self, experiment: Experiment, author: str) -> None:
        def change(book: ExperimentBook) -> ExperimentBook:
            if book.find(experiment.experiment_id) is not None:
                raise InvalidExperimentError(
                    f"There is an experiment {experiment.experiment_id!r} already: take another "
                    "id, for units remember what they were given."
                )
            return book.with_experiment(experiment)

        self.change(change, author)

    def change(
        self, change: Callable[[ExperimentBook], ExperimentBook], author: str
    ) -> ExperimentBook:
        """Raise `InvalidExperimentError` where the changed book contradicts itself."""

        def checked_change(book: ExperimentBook) -> ExperimentBook:
            try:
                return change(book)
            except ValueError as error:
                raise InvalidExperimentError(str(error)) from error

        edited = self._plans.edit_and_compare(checked_change, author)
        self._auditor.record(*_changes(edited, author))
        return edited.after.document


def _changes(edited: Edited[ExperimentBook], author: str) -> list[Change]:
    before, after = edited.before.document, edited.after.document
    found = []
    for experiment in after.experiments:
        known = before.find(experiment.experiment_id)
        if known != experiment:
            action = STARTED if known is None else CHANGED
            subject = experiment.experiment_id
            found.append(
                Change(
                    author=author, action=action, subject=subject, before=known, after=experiment
                )
            )
    return found


def _parse(plan: Plan) -> ExperimentBook:
    try:
        return EXPERIMENT_BOOK.decode(plan.body)
    except ValueError as error:
        raise InvalidExperimentError(
            f"Version {plan.version} of the experiments cannot be read: {error}"
        ) from error

from collections.abc import Callable

from personalization.domain.errors import InvalidExperimentError
from personalization.experiments.experiment import EXPERIMENT_BOOK, Experiment, ExperimentBook
from personalization.plans.editor import PlanEditor
from personalization.ports.plan_store import EXPERIMENTS, Plan, PlanStore


class ExperimentEditor:
    def __init__(self, store: PlanStore) -> None:
        encode = EXPERIMENT_BOOK.encode
        self._plans = PlanEditor(store, EXPERIMENTS, _parse, encode, ExperimentBook())

    def book(self) -> ExperimentBook:
        return self._plans.newest().document

    def find(self, experiment_id: str) -> Experiment:
        book = self.book()
        found = book.find(experiment_id)
        if found is None:
            known = ", ".join(known.experiment_id for known in book.experiments) or "none yet"
            raise InvalidExperimentError(
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

        return self._plans.edit(checked_change, author).document


def _parse(plan: Plan) -> ExperimentBook:
    try:
        return EXPERIMENT_BOOK.decode(plan.body)
    except ValueError as error:
        raise InvalidExperimentError(
            f"Version {plan.version} of the experiments cannot be read: {error}"
        ) from error

"""The policy and its learner on Vowpal Wabbit's contextual bandit with action features."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from vowpalwabbit import Workspace

from personalization.adapters.vowpal.example_text import candidate_line, context_line, example_lines
from personalization.adapters.vowpal.native_examples import learn, predict
from personalization.domain.blend import EPSILON
from personalization.domain.context import Context
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.model_store import ModelStore
from personalization.ports.policy import Candidate, LearningRound

ARGUMENTS = (
    f"--cb_explore_adf --epsilon {EPSILON} --cb_type mtr --clip_p 0.1 "
    "-q cr -q cp --ignore_linear c -b 18 --quiet --random_seed 7"
)
"""Context features are the same for every action: alone they cannot rank, so they only enter
crossed with an action's own. Exploration weights above 10 (1 / clip_p) made the model worse than
none on real sessions, as did product ids as features: docs/performance.md."""
_RESUMABLE = "--save_resume --preserve_performance_counters"
"""With these, saving, loading and going on gives the bytes of an uninterrupted run."""
MODEL_PART = "model.vw"
COLD_VERSION = "cold"


def _workspace(model: bytes | None) -> Workspace:
    if model is None:
        return Workspace(f"{ARGUMENTS} {_RESUMABLE}", enable_logging=False)
    with tempfile.NamedTemporaryFile(suffix=".vw") as file:
        file.write(model)
        file.flush()
        return Workspace(f"--quiet {_RESUMABLE} -i {file.name}", enable_logging=False)


class VowpalPolicy:
    """Implements `RankingPolicy` with the current snapshot; `refresh` takes a newer one.

    Workspaces are not thread-safe, so one lock guards prediction.
    """

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._lock = Lock()
        self._version = COLD_VERSION
        self._model = _workspace(None)
        # Without the store a process starts cold and says so in every decision.
        with suppress(StoreUnavailableError):
            self.refresh()

    @property
    def name(self) -> str:
        """The policy with what sets its exploration."""
        return f"cb_explore_adf epsilon={EPSILON}"

    @property
    def version(self) -> str:
        """The snapshot's version, or `cold` before the first."""
        return self._version

    def refresh(self) -> bool:
        """Load the current snapshot if it is another; return whether it was.

        Raises `DamagedSnapshotError` and stays on the model it has.
        """
        current = self._store.current()
        if current is None or current == self._version:
            return False
        model = _workspace(self._store.load(current)[MODEL_PART])
        with self._lock:
            self._model, self._version = model, current
        return True

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return the epsilon-greedy probability of each candidate."""
        if not candidates:
            return []
        lines = example_lines(context, candidates)
        with self._lock:
            return predict(self._model, lines)


class VowpalLearner:
    """Implements `PolicyLearner`; it alone writes the model."""

    def __init__(self, model: bytes | None) -> None:
        self._model = _workspace(model)

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Learn each round with cost = -outcome, weighted by its propensity."""
        for one in rounds:
            lines = [context_line(one.context)]
            for index, candidate in enumerate(one.candidates):
                label = f"0:{-one.outcome:.6f}:{one.propensity:.8f} " if index == one.chosen else ""
                lines.append(label + candidate_line(candidate))
            learn(self._model, lines)

    def dump(self) -> bytes:
        """Return the model, resumable to the byte."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / MODEL_PART
            self._model.save(str(path))
            return path.read_bytes()

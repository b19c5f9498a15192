import logging
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from personalization.adapters.vowpal.distributions import epsilon_greedy
from personalization.adapters.vowpal.learning_examples import LearningExamples
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.promotion_check import check_model
from personalization.adapters.vowpal.values import VowpalValues
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.domain.context import Context
from personalization.domain.draw import EPSILON
from personalization.domain.errors import DamagedSnapshotError, StoreUnavailableError
from personalization.learning.newest_sound import newest_sound
from personalization.ports.model_store import ModelStore
from personalization.ports.policy import Candidate, LearningRound
from personalization.ports.value_models import ServedModels

_LOG = logging.getLogger(__name__)
COLD_VERSION = "cold"
RECENT_ROUNDS = 20
"""The last rounds are asked about before a model is promoted: their contexts have weights."""
LoadModels = Callable[[str, Mapping[str, bytes]], ServedModels]
"""From a snapshot's version and parts to what policies ask beside the base model."""


def base_alone(version: str, parts: Mapping[str, bytes]) -> ServedModels:
    del parts
    return ServedModels(version=version)


class VowpalPolicy:
    def __init__(
        self, store: ModelStore, load_models: LoadModels = base_alone, *, else_cold: bool = False
    ) -> None:
        """Begin with the newest sound snapshot, cold before the first.

        With `else_cold` also where there are some and none is sound; else raises
        `DamagedSnapshotError`.
        """
        self._store = store
        self._load_models = load_models
        self._else_cold = else_cold
        self._current = self._newest() or (load_models(COLD_VERSION, {}), VowpalValues(None))

    @property
    def name(self) -> str:
        return f"cb_explore_adf epsilon={EPSILON}"

    @property
    def version(self) -> str:
        """The snapshot's version, or `cold` before the first."""
        return self.models.version

    @property
    def models(self) -> ServedModels:
        return self._current[0]

    def pin(self) -> "VowpalPolicy":
        pinned = type(self).__new__(type(self))
        vars(pinned).update(vars(self))
        return pinned

    def refresh(self) -> bool:
        """Load a newer snapshot; stays on the old one and raises `DamagedSnapshotError`."""
        current = self._store.current()
        if current is None or current == self.version:
            return False
        self._current = self._read(current, self._store.load(current))
        return True

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        if not candidates:
            return []
        (values,) = self._current[1].values(context, candidates)
        probabilities: list[float] = epsilon_greedy(values, EPSILON).tolist()
        return probabilities

    def _newest(self) -> tuple[ServedModels, VowpalValues] | None:
        # Without the store a process starts cold and says so in every decision.
        with suppress(StoreUnavailableError):
            try:
                return newest_sound(self._store, self._read)
            except DamagedSnapshotError:
                if not self._else_cold:
                    raise
                _LOG.error("no snapshot is sound, serving without a model")
        return None

    def _read(self, version: str, parts: Mapping[str, bytes]) -> tuple[ServedModels, VowpalValues]:
        if BASE.name not in parts:
            raise DamagedSnapshotError(f"Snapshot {version} has no {BASE.name}.")
        values = VowpalValues(parts[BASE.name])
        values.warm_up()
        return self._load_models(version, parts), values


class VowpalLearner:
    """Implements `PolicyLearner`; it alone writes the model."""

    def __init__(self, model: bytes | None, arguments: str = BASE.arguments) -> None:
        self._model = open_workspace(model, "" if model else arguments)
        self._examples = LearningExamples(self._model)
        self._recent: deque[LearningRound] = deque(maxlen=RECENT_ROUNDS)

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Learn each round with cost = -outcome, weighted by its propensity."""
        for round_ in rounds:
            self._examples.learn(round_)
        self._recent.extend(rounds)

    def dump(self) -> bytes:
        """Return the model, resumable to the byte; `RefusedSnapshotError` if it fails its check."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / BASE.name
            self._model.save(str(path))
            model = path.read_bytes()
        check_model(model, self._recent)
        return model

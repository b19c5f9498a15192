"""What Vowpal Wabbit itself answers: for models that numpy cannot play, and to check the others."""

from collections.abc import Sequence
from threading import Lock

from personalization.adapters.vowpal.example_text import example_lines
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.native_examples import predict
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.domain.context import Context
from personalization.ports.policy import Candidate


class NativeProbabilities:
    """One model, asked through the native binding; workspaces are not thread-safe, so one lock."""

    def __init__(self, model: bytes | None, arguments: str = BASE.arguments) -> None:
        self._model = open_workspace(model, "" if model else arguments)
        self._lock = Lock()

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Under the model's own exploration; `--regcb` shares all among the plausible ones."""
        if not candidates:
            return []
        lines = example_lines(context, candidates)
        with self._lock:
            return predict(self._model, lines)

"""Examples handed to Vowpal Wabbit's native binding, without a Python object per line.

The package's own `Workspace.predict` wraps each line of an example in an object that asks the
workspace for its label type: with 72 actions that takes three quarters of the time (184 us
against 42 us, the same probabilities; `benchmarks/decision.py`). The version is pinned, and a
test holds both ways to the same answers.
"""

from collections.abc import Sequence

import pylibvw
from vowpalwabbit import Workspace

_NATIVE = pylibvw.vw


def predict(model: Workspace, lines: Sequence[str]) -> list[float]:
    """Return the action probabilities of a multi-line example, in the order of its actions."""
    examples = _NATIVE._parse(model, "\n".join(lines))  # noqa: SLF001 (the wrapper calls it too)
    try:
        _NATIVE.predict_multi(model, examples)
        probabilities: list[float] = examples[0].get_action_scores()
        return probabilities
    finally:
        # An example that is not finished leaks 340 KB.
        _NATIVE._finish_example_multi_ex(model, examples)  # noqa: SLF001


def learn(model: Workspace, lines: Sequence[str]) -> None:
    examples = _NATIVE._parse(model, "\n".join(lines))  # noqa: SLF001
    try:
        _NATIVE.learn_multi(model, examples)
    finally:
        _NATIVE._finish_example_multi_ex(model, examples)  # noqa: SLF001

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
    _learn(model, examples, examples)


def learn_one(
    model: Workspace,
    line: str,
    place: int,
    others: list[pylibvw.example],
    counted: list[pylibvw.example],
) -> None:
    """Learn from an action's line with others around it, and count other features than theirs.

    The others and those to count are made by `own_example`. What was predicted is not counted.
    """
    (shown,) = _NATIVE._parse(model, line)  # noqa: SLF001
    # The first of those that are finished would be asked what was predicted.
    _learn(model, [*others[:place], shown, *others[place:]], [*counted, shown])


def own_example(model: Workspace, line: str) -> pylibvw.example:
    """Return an action's example that is ours: finishing leaves it as it is, for another use."""
    return pylibvw.example(model, _NATIVE.lContextualBandit, line)


def _learn(
    model: Workspace, examples: list[pylibvw.example], finished: list[pylibvw.example]
) -> None:
    try:
        _NATIVE.learn_multi(model, examples)
    finally:
        _NATIVE._finish_example_multi_ex(model, finished)  # noqa: SLF001

"""Rounds as examples that Vowpal Wabbit learns from, whole only where it needs them whole.

`--cb_type mtr` takes its step from the shown action alone, weighted by how many actions there
were. What it predicts of the others enters nothing but the running loss, the cost by the
probability of what was shown: for a cost of 0, which most impressions have, it is 0. So in their
place stand fillers: examples made once, of as many features as the others would have had, all
in the namespace that by itself counts for nothing. The model's bytes are the same, its counters of
features included; a test holds both ways to that.
"""

from collections import Counter
from dataclasses import dataclass

import pylibvw
from vowpalwabbit import Workspace

from personalization.adapters.vowpal.example_text import (
    CONTEXT,
    candidate_line,
    candidate_lines,
    context_features,
    context_line,
    own_features,
)
from personalization.adapters.vowpal.native_examples import learn, learn_one, own_example
from personalization.domain.context import Context
from personalization.ports.policy import Candidate, LearningRound

_FILLED_UNDER = ("--cb_type mtr", f"--ignore_linear {CONTEXT}")
"""What a model's arguments must say for that; one of other arguments gets whole examples."""


@dataclass(frozen=True, slots=True)
class _ActionSet:
    """What the rounds of one decision share."""

    context: Context
    candidates: tuple[Candidate, ...]
    context_text: str
    sizes: list[int]
    """How many features each candidate has in all."""
    of_size: dict[int, int]
    """How many candidates have a size."""

    @classmethod
    def of(cls, round_: LearningRound) -> "_ActionSet":
        text = context_features(round_.context)
        # Its own and the constant, and the context's: by themselves, and crossed with its own.
        each = 1 + len(text.split(" "))
        sizes = [each * (1 + own) for own in own_features(round_.candidates)]
        return cls(round_.context, round_.candidates, text, sizes, dict(Counter(sizes)))


class LearningExamples:
    """Teaches one model; consecutive rounds of one decision share what was found of its actions."""

    def __init__(self, model: Workspace) -> None:
        self._model = model
        arguments = model.get_arguments()
        self._may_fill = all(argument in arguments for argument in _FILLED_UNDER)
        self._fillers: dict[int, list[pylibvw.example]] = {}
        self._actions: _ActionSet | None = None

    def learn(self, round_: LearningRound) -> None:
        cost = f"{-round_.outcome:.6f}"
        label = f"0:{cost}:{round_.propensity:.8f}"
        chosen = round_.chosen_of_remaining
        if float(cost) or not self._may_fill:
            lines = candidate_lines(round_.remaining)
            lines[chosen] = f"{label} {lines[chosen]}"
            learn(self._model, [context_line(round_.context), *lines])
            return
        actions = self._actions_of(round_)
        shown = f"{label} {candidate_line(round_.shown)} |{CONTEXT} {actions.context_text}"
        # In its place: `--regcb` treats the last action differently.
        learn_one(self._model, shown, self._others(round_, actions), chosen)

    def _actions_of(self, round_: LearningRound) -> _ActionSet:
        known = self._actions
        if (
            known is not None
            and known.candidates is round_.candidates
            and known.context is round_.context
        ):
            return known
        self._actions = _ActionSet.of(round_)
        return self._actions

    def _others(self, round_: LearningRound, actions: _ActionSet) -> list[pylibvw.example]:
        sizes, counts = actions.sizes, actions.of_size.copy()
        counts[sizes[round_.chosen]] -= 1
        for index in round_.gone:
            counts[sizes[index]] -= 1
        others: list[pylibvw.example] = []
        for size, count in counts.items():
            others += self._take(size, count)
        return others

    def _take(self, features: int, count: int) -> list[pylibvw.example]:
        made = self._fillers.setdefault(features, [])
        while len(made) < count:
            # Less the constant, which every example has.
            line = f"|{CONTEXT}" + (features - 1) * " x"
            made.append(own_example(self._model, line))
        return made[:count]

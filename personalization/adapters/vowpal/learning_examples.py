"""Rounds as examples that Vowpal Wabbit learns from, whole only where it needs them whole.

`--cb_type mtr` takes its step from the shown action alone, weighted by how many actions there
were. What it predicts of the others enters nothing but the running loss, the cost by the
probability of what was shown: for a cost of 0, which most impressions have, it is 0. So in their
place stand fillers, made once, whose features count for nothing. When the example is finished,
fillers of as many features as the others would have had make the counter of features right. The
model's bytes are the same; a test holds both ways to that.
"""

from dataclasses import dataclass

import pylibvw
from vowpalwabbit import Workspace

from personalization.adapters.vowpal.example_text import (
    CONTEXT,
    candidate_lines,
    context_features,
    context_line,
    own_features,
)
from personalization.adapters.vowpal.native_examples import learn, learn_one, own_example
from personalization.domain.context import Context
from personalization.ports.policy import Candidate, LearningRound

_STEPS = {"cb_type mtr", f"ignore_linear {CONTEXT}"}
_CROSSED = {f"quadratic {CONTEXT}r", f"quadratic {CONTEXT}p"}
_CROSSING = ("quadratic", "cubic", "interactions")
_EXPLORATIONS = {"cb_explore_adf_greedy", "cb_explore_adf_bag", "cb_explore_adf_regcb"}
"""Others ask the finished examples what was predicted."""


@dataclass(frozen=True, slots=True)
class _ActionSet:
    """What the rounds of one decision share."""

    context: Context
    candidates: tuple[Candidate, ...]
    context_text: str
    sizes: list[int]
    """How many features each candidate has in all."""
    whole_size: int

    @classmethod
    def of(cls, round_: LearningRound) -> "_ActionSet":
        text = context_features(round_.context)
        # Its own and the constant, and the context's: by themselves, and crossed with its own.
        each = 1 + len(text.split(" "))
        sizes = [each * (1 + own) for own in own_features(round_.candidates)]
        return cls(round_.context, round_.candidates, text, sizes, sum(sizes))

    def size_of_others(self, round_: LearningRound) -> int:
        gone = sum([self.sizes[index] for index in round_.gone])
        return self.whole_size - gone - self.sizes[round_.chosen]


class LearningExamples:
    """Teaches one model; consecutive rounds of one decision share what was found of its actions."""

    def __init__(self, model: Workspace) -> None:
        self._model = model
        self._may_fill = _may_fill(model)
        self._fillers: list[pylibvw.example] = []
        self._powers: list[pylibvw.example] = []
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
        (line,) = candidate_lines((round_.shown_candidate,))
        shown = f"{label} {line} |{CONTEXT} {actions.context_text}"
        others = self._others(len(round_.candidates) - len(round_.gone) - 1)
        counted = self._of_features(actions.size_of_others(round_))
        # In its place: `--regcb` treats the last action differently.
        learn_one(self._model, shown, chosen, others, counted)

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

    def _others(self, count: int) -> list[pylibvw.example]:
        while len(self._fillers) < count:
            self._fillers.append(self._filler(1))
        return self._fillers[:count]

    def _of_features(self, count: int) -> list[pylibvw.example]:
        """Return fillers that have so many features together, each a power of two."""
        while len(self._powers) < count.bit_length():
            self._powers.append(self._filler(1 << len(self._powers)))
        return [filler for power, filler in enumerate(self._powers) if count >> power & 1]

    def _filler(self, features: int) -> pylibvw.example:
        # Less the constant, which every example has.
        return own_example(self._model, f"|{CONTEXT}" + (features - 1) * " x")


def _may_fill(model: Workspace) -> bool:
    """Say whether all of this is true of a model; any other gets whole examples."""
    arguments = {argument.strip() for argument in model.get_arguments().split("--")}
    crossed = {argument for argument in arguments if argument.startswith(_CROSSING)}
    explores = not _EXPLORATIONS.isdisjoint(model.get_enabled_reductions())
    return explores and arguments >= _STEPS and crossed == _CROSSED

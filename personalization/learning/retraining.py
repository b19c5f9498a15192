"""Teaches models again what was kept, without some sessions, in the order of learning."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from personalization.domain.decision import Decision
from personalization.domain.identifiers import DecisionId
from personalization.learning.model_set import ModelSet
from personalization.learning.rounds import SlateRounds
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.learned_rounds import LearnedRounds, SlateOutcomes
from personalization.ports.policy import LearningRound

DECISIONS_AT_ONCE = 200
"""Some 100 KB each once they are read."""
COMPARED_ROUNDS = 2_000
"""The last ones that were learned, to compare models by."""
Learned = Callable[[int], None]
"""Told after each step how many rounds it took."""


@dataclass(slots=True)
class RetrainingCounts:
    rounds: int = 0
    corrections: int = 0
    erased: int = 0
    """Left out, since their sessions were erased."""
    gone: int = 0
    """Not learned again, since their decisions are no longer kept."""
    orphans: int = 0
    """Corrections of what was learned before the first round: nothing to correct."""

    @property
    def total(self) -> int:
        return self.rounds + self.corrections + self.erased + self.gone + self.orphans


@dataclass(slots=True)
class Retraining:
    """One training; `learn` goes on with what was kept since."""

    kept: LearnedRounds
    decisions: DecisionHistory
    models: ModelSet
    first_rounds: Mapping[str, int]
    """By part, the number with which its training begins."""
    erased: Collection[str]
    """Digests."""
    correction_ms: int
    """How long after an impression was learned a correction of it may come."""
    counts: RetrainingCounts = field(default_factory=RetrainingCounts)
    compared: deque[LearningRound] = field(default_factory=lambda: deque(maxlen=COMPARED_ROUNDS))
    next: int = 0
    """The number to go on with."""
    _corrected_from_ms: int | None = None
    """From this moment on, what is corrected was kept too."""
    _known: set[tuple[DecisionId, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.next = min(self.first_rounds.values(), default=0)

    def learn(self, until: int, learned: Learned = lambda _: None) -> None:
        """Learn what was kept up to before a number; raises `StoreUnavailableError`."""
        for slates in self.kept.read(self.next, until):
            for start in range(0, len(slates), DECISIONS_AT_ONCE):
                before = self.counts.total
                self._learn_slates(slates[start : start + DECISIONS_AT_ONCE])
                learned(self.counts.total - before)
        self.next = until

    def _learn_slates(self, slates: Sequence[SlateOutcomes]) -> None:
        wanted = [slate.decision_id for slate in slates if slate.session not in self.erased]
        found = self.decisions.read_decisions(list(dict.fromkeys(wanted)))
        made: dict[DecisionId, SlateRounds] = {}
        numbered: list[tuple[int, LearningRound]] = []
        for slate in slates:
            if slate.number < self.next:
                # A learner wrote it that was no longer the one whose snapshots counted.
                continue
            self.next = slate.end
            if slate.session in self.erased:
                self.counts.erased += len(slate.outcomes)
            elif slate.decision_id not in found:
                self.counts.gone += len(slate.outcomes)
            else:
                decision = found[slate.decision_id]
                if slate.decision_id not in made:
                    made[slate.decision_id] = SlateRounds(decision)
                numbered += self._rounds_of(slate, decision, made[slate.decision_id])
        self._teach(numbered)

    def _rounds_of(
        self, slate: SlateOutcomes, decision: Decision, rounds: SlateRounds
    ) -> list[tuple[int, LearningRound]]:
        made = []
        for number, (place, outcome, corrects) in enumerate(slate.outcomes, slate.number):
            if not self._has_what_it_corrects(slate, place, corrects):
                self.counts.orphans += 1
                continue
            product_id = decision.slate[place].product_id
            made.append((number, rounds.round(product_id, outcome, corrects)))
        return made

    def _has_what_it_corrects(
        self, slate: SlateOutcomes, place: int, corrects: float | None
    ) -> bool:
        """Say so of every round but a correction of what no kept round is of."""
        if self._corrected_from_ms is None:
            self._corrected_from_ms = slate.closed_at_ms + self.correction_ms
        if slate.closed_at_ms > self._corrected_from_ms:
            self._known.clear()
            return True
        if corrects is None:
            self._known.add((slate.decision_id, place))
            return True
        return (slate.decision_id, place) in self._known

    def _teach(self, numbered: Sequence[tuple[int, LearningRound]]) -> None:
        rounds = [round_ for _, round_ in numbered]
        for name, model in self.models.models.items():
            first = self.first_rounds[name]
            if not numbered or numbered[0][0] >= first:
                model.learn(rounds)
            else:
                model.learn([round_ for number, round_ in numbered if number >= first])
        corrections = sum(round_.corrects is not None for round_ in rounds)
        self.counts.corrections += corrections
        self.counts.rounds += len(rounds) - corrections
        self.compared.extend(round_ for round_ in rounds if round_.corrects is None)

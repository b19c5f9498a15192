"""Two learners merged against one: what their policy is worth, and how fast they learn.

    python -m benchmarks.merged_learners [--home HOME]

Rounds go to two processes by turns. After every period Vowpal Wabbit merges what both learned
since, and both go on from there. The value is that of the greedy policy on questions that nobody
learned from: in the seeded world its true mean outcome, with --home the share of held-back
sessions' next products that it puts first.

The rate is told twice: by the clock, which needs two idle processors, and by processor time, as
the clock would show on two of them.
"""

import argparse
import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table
from vowpalwabbit import Workspace, merge_models

from benchmarks.seeded_world import ACTIONS, a_question, mean_outcome, rounds
from cli.commands.evaluate import held_back_sessions
from cli.options import core_settings
from evaluation.served_ranking import session_queries
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.values import VowpalValues
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.domain.context import Context
from personalization.learning.rounds import learning_round
from personalization.ports.policy import Candidate, LearningRound
from personalization.wiring import open_kept, open_ranking

SEEDED_ROUNDS = 40_000
HELD_BACK = 2_000
LEARNERS = 2
GOAL_VALUE = 0.98
GOAL_RATE = 1.7


@dataclass(frozen=True)
class Material:
    """Rounds to learn from, and what a choice among held-back candidates is worth."""

    rounds: Sequence[LearningRound]
    questions: Sequence[tuple[Context, tuple[Candidate, ...]]]
    worth: Callable[[int, int], float]
    """From a question's number and the chosen candidate's to its value."""

    def value(self, model: bytes) -> float:
        """Return the mean worth of the model's favourites."""
        values = VowpalValues(model)
        chosen = (int(values.values(*question)[0].argmax()) for question in self.questions)
        return sum(self.worth(*pair) for pair in enumerate(chosen)) / len(self.questions)


@dataclass(frozen=True)
class Outcome:
    """A model, and how long it took."""

    model: bytes
    clock_seconds: float
    processor_seconds: float
    """That of the slower process of each period, and of merging."""


def main() -> None:
    """Print value and rate of one learner and of two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--sessions", type=int, default=800, help="of the held-back ones")
    parser.add_argument("--periods", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    rows = []
    for seed in range(given.repeats):
        material = (
            _from_sessions(given.home, seed, given.sessions) if given.home else _from_world(seed)
        )
        outcome = _learned(material, 1, given.periods)
        two = _learned(material, LEARNERS, given.periods)
        rows.append((material, outcome, two))
    _print(rows, given.periods)


def _from_world(seed: int) -> Material:
    generator = Random(1_000 + seed)
    asked = [a_question(generator, ACTIONS) for _ in range(HELD_BACK)]

    def worth(question: int, chosen: int) -> float:
        context, candidates = asked[question]
        return mean_outcome(context, candidates[chosen])

    return Material(list(rounds(SEEDED_ROUNDS, seed)), asked, worth)


def _from_sessions(home: Path, seed: int, count: int) -> Material:
    """Return the slates of held-back sessions as rounds; every fourth session is asked instead.

    An outcome is 1 where a position of the slate held the product that came next.
    """
    settings = core_settings(home)
    made: list[LearningRound] = []
    asked: list[tuple[Context, tuple[Candidate, ...]]] = []
    targets: list[int] = []
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        sessions = list(held_back_sessions(settings.storage.held_back_file))
        Random(seed).shuffle(sessions)
        for number, events in enumerate(sessions[:count]):
            for session, now, query in session_queries(events, ranking.catalogue):
                decision = ranking.decider.decide(session, now)
                found = [
                    learning_round(
                        decision, slot.product_id, float(slot.product_id == query.target)
                    )
                    for slot in decision.slate
                ]
                names = [candidate.product_id for candidate in found[0].candidates]
                if number % 4:
                    made.extend(found)
                elif query.target in names:
                    asked.append((found[0].context, found[0].candidates))
                    targets.append(names.index(query.target))
    return Material(made, asked, lambda question, chosen: float(chosen == targets[question]))


def _learned(material: Material, learners: int, periods: int) -> Outcome:
    model = b""
    clock = processor = 0.0
    with _processes(material, learners, periods) as ends:
        for _ in range(periods):
            started = time.monotonic()
            for end in ends:
                end.send(model or None)
            answers = [end.recv() for end in ends]
            began = time.process_time()
            model = _merged(model or None, [answer for answer, _ in answers])
            processor += max(seconds for _, seconds in answers) + time.process_time() - began
            clock += time.monotonic() - started
    return Outcome(model, clock, processor)


@contextmanager
def _processes(material: Material, learners: int, periods: int) -> Iterator[list[Connection]]:
    """Start the learners, and wait until each has its rounds."""
    forking = multiprocessing.get_context("fork")
    ends, started = [], []
    for number in range(learners):
        ours, theirs = forking.Pipe()
        own = material.rounds[number::learners]
        process = forking.Process(target=_life, args=(theirs, own, periods))
        process.start()
        ends.append(ours)
        started.append(process)
    for end in ends:
        end.recv()
    try:
        yield ends
    finally:
        for process in started:
            process.join()


def _life(end: Connection, own: Sequence[LearningRound], periods: int) -> None:
    """Learn a period's rounds on top of each model that comes, and answer with what became."""
    # Copies, since the pages of the parent's would be copied one by one while the clock runs.
    own = pickle.loads(pickle.dumps(own))  # noqa: S301 - our own objects
    end.send(None)
    learner, dumped = VowpalLearner(None), None
    for period in range(periods):
        part = own[period * len(own) // periods : (period + 1) * len(own) // periods]
        model: bytes | None = end.recv()
        began = time.process_time()
        if model != dumped:
            learner = VowpalLearner(model)
        learner.learn(part)
        dumped = learner.dump()
        end.send((dumped, time.process_time() - began))


def _merged(base: bytes | None, models: Sequence[bytes]) -> bytes:
    if len(models) == 1:
        return models[0]
    since = None if base is None else open_workspace(base, "")
    return _saved(merge_models(since, [open_workspace(model, "") for model in models]))


def _saved(workspace: Workspace) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        workspace.save(str(path))
        return path.read_bytes()


def _print(rows: Sequence[tuple[Material, Outcome, Outcome]], periods: int) -> None:
    learned, asked = len(rows[0][0].rounds), len(rows[0][0].questions)
    title = f"{learned:,} rounds, {asked:,} questions, {LEARNERS} learners, merged {periods} times"
    table = Table(title=title, title_justify="left")
    for name in ("value of one", "merged", "ratio", "rounds/s of one", "by clock", "by processor"):
        table.add_column(name, justify="right")
    ratios = []
    for material, outcome, two in rows:
        alone, merged = material.value(outcome.model), material.value(two.model)
        rate = outcome.processor_seconds / two.processor_seconds
        ratios.append((merged / alone, rate))
        table.add_row(
            f"{alone:.4f}", f"{merged:.4f}", f"{merged / alone:.3f}",
            f"{learned / outcome.processor_seconds:,.0f}",
            f"{outcome.clock_seconds / two.clock_seconds:.2f}", f"{rate:.2f}",
        )  # fmt: skip
    Console().print(table)
    value, rate = (min(ratio) for ratio in zip(*ratios, strict=True))
    met = value >= GOAL_VALUE and rate >= GOAL_RATE
    print(
        f"at least {value:.3f} of one learner's value (goal {GOAL_VALUE}), at least {rate:.2f} "
        f"times its rate by processor time (goal {GOAL_RATE}): {'met' if met else 'NOT MET'}"
    )


if __name__ == "__main__":
    main()

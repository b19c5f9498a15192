"""What it costs to rank 200 actions: numpy over the weights, and the ways into Vowpal Wabbit.

    python -m benchmarks.scoring

Processor time of one thread, so that a busy machine does not show; the least mean of some rounds.
The text path is the package's own `Workspace.predict` over lines that are already made.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

import numpy as np
from rich.console import Console
from rich.table import Column, Table

from benchmarks.processor_time import least_mean_of
from benchmarks.seeded_world import a_question, rounds
from personalization.adapters.vowpal.distributions import (
    Floats,
    bag,
    epsilon_greedy,
    softmax,
    squarecb,
)
from personalization.adapters.vowpal.example_text import example_lines
from personalization.adapters.vowpal.model_parts import BAG, BASE
from personalization.adapters.vowpal.native_examples import predict
from personalization.adapters.vowpal.native_probabilities import NativeProbabilities
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.values import VowpalValues
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.domain.draw import EPSILON

LEARNED = 5_000
QUESTIONS = 50
REPEATS = 20
"""How often each question is asked in a round: some answers take microseconds."""
INVERSE_TEMPERATURE = 10.0
GOAL_MICROSECONDS = 45
GOAL_RATIO = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actions", type=int, default=200)
    actions = parser.parse_args().actions
    generator = Random(2)
    asked = [a_question(generator, actions) for _ in range(QUESTIONS)] * REPEATS
    lines = [example_lines(*question) for question in asked]
    model = _learn(BASE.arguments)
    values = VowpalValues(model)
    members = VowpalValues.together([VowpalValues(_learn(part.arguments)) for part in BAG])
    workspace = open_workspace(model, "")
    text = least_mean_of(workspace.predict, lines)
    rows = [
        ("Vowpal Wabbit, text path of the package", text),
        ("the same, lines made each time",
         least_mean_of(lambda question: workspace.predict(example_lines(*question)), asked)),
        ("Vowpal Wabbit, native binding", least_mean_of(partial(predict, workspace), lines)),
        ("the same, lines made each time",
         least_mean_of(lambda question: predict(workspace, example_lines(*question)), asked)),
        ("numpy, actions in order of value",
         least_mean_of(lambda question: _rank(values.values(*question)[0]), asked)),
        ("numpy, epsilon-greedy probabilities as a list",
         least_mean_of(lambda question: _probabilities(values.values(*question)[0]), asked)),
        ("numpy, values of a bag of ten",
         least_mean_of(lambda question: members.values(*question), asked)),
    ]  # fmt: skip
    _print(rows, f"{actions} actions, {QUESTIONS} contexts")
    ranked = rows[4][1]
    met = ranked * 1e6 <= GOAL_MICROSECONDS and text / ranked >= GOAL_RATIO
    print(
        f"ranked in {ranked * 1e6:.0f} us (goal {GOAL_MICROSECONDS}), {text / ranked:.1f} times "
        f"faster than the text path (goal {GOAL_RATIO}): {'met' if met else 'NOT MET'}"
    )
    _print_parity(actions)


def _learn(arguments: str) -> bytes:
    learner = VowpalLearner(None, arguments)
    learner.learn(list(rounds(LEARNED, seed=1)))
    return learner.dump()


def _probabilities(values: Floats) -> object:
    return epsilon_greedy(values, EPSILON).tolist()


def _rank(values: Floats) -> object:
    return np.argsort(-values, kind="stable")


def _print(rows: Sequence[tuple[str, float]], title: str) -> None:
    numbers = [Column(name, justify="right") for name in ("us", "faster than text")]
    table = Table("what", *numbers, title=title, title_justify="left")
    for name, seconds in rows:
        table.add_row(name, f"{1e6 * seconds:.1f}", f"{rows[0][1] / seconds:.1f}")
    Console().print(table)


def _print_parity(actions: int) -> None:
    """Print the largest difference of a probability over contexts and sizes of action sets."""
    gamma = 10 * LEARNED**0.5
    features = "--cb_type mtr --clip_p 0.1 -q cr -q cp --ignore_linear c --quiet --random_seed 7"
    explorations: list[tuple[str, Callable[[Floats], Floats]]] = [
        (f"--epsilon {EPSILON}", lambda values: epsilon_greedy(values[0], EPSILON)),
        (
            f"--softmax --lambda {INVERSE_TEMPERATURE}",
            lambda values: softmax(values[0], INVERSE_TEMPERATURE),
        ),
        ("--squarecb", lambda values: squarecb(values[0], gamma)),
        ("--bag 10", bag),
    ]
    for name, distribution in explorations:
        model = _learn(f"--cb_explore_adf {name} {features} -b 20")
        ours, theirs = VowpalValues(model), NativeProbabilities(model)
        generator, worst = Random(3), 0.0
        for _ in range(500):
            question = a_question(generator, generator.randrange(1, actions + 1))
            found = distribution(ours.values(*question)) - np.array(theirs.probabilities(*question))
            worst = max(worst, float(np.abs(found).max()))
        print(f"{name}: largest difference to Vowpal Wabbit {worst:.1e}")


if __name__ == "__main__":
    main()

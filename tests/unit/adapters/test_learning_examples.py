"""What is left out of an example changes nothing of the model, to the last byte."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from personalization.adapters.vowpal.example_text import (
    candidate_line,
    candidate_lines,
    example_lines,
    own_features,
)
from personalization.adapters.vowpal.learning_examples import LearningExamples
from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB, ModelPart
from personalization.adapters.vowpal.native_examples import learn
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.workspace import open_workspace
from personalization.ports.policy import LearningRound
from tests.builders.learning_rounds import learning_rounds

ROUNDS = 150
ARGUMENTS = {
    "base": BASE.arguments,
    "bag": BAG[0].arguments,
    "regcb": REGCB.arguments,
    # Takes steps for actions that were not shown, too.
    "another way to learn": BASE.arguments.replace("mtr", "dm"),
    "costs alone": BASE.arguments.replace("--cb_explore_adf --epsilon 0.2", "--cb_adf"),
    "squarecb": BASE.arguments.replace("--epsilon 0.2", "--squarecb"),
    "crossed otherwise": f"{BASE.arguments} -q rp",
    "context by itself": BASE.arguments.replace("--ignore_linear c", ""),
}


def some_rounds(seed: int) -> list[LearningRound]:
    """Return rounds of action sets of any size, of which any were gone, with features of nothing.

    Most came to nothing, as they do.
    """
    generator = Random(seed)
    made = []
    for round_ in learning_rounds(ROUNDS, seed, actions=12):
        candidates = tuple(
            candidate._replace(
                relevance=generator.choice([0.0, 0.000004, 0.000005, candidate.relevance]),
                prior=generator.choice([0.0, candidate.prior, candidate.prior]),
            )
            for candidate in round_.candidates[: generator.randint(1, 12)]
        )
        chosen = generator.randrange(len(candidates))
        others = [index for index in range(len(candidates)) if index != chosen]
        gone = sorted(generator.sample(others, generator.randint(0, len(others))))
        outcome = generator.choice([0.0] * 12 + [1.0, 0.2, -0.4])
        left = replace(round_, candidates=candidates, chosen=chosen, gone=tuple(gone))
        made.append(replace(left, outcome=outcome))
        made.append(replace(left, outcome=0.0, corrects=outcome))
    return made


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_model_is_the_same_as_of_whole_examples(arguments: str, tmp_path: Path) -> None:
    whole, mine = (open_workspace(None, arguments) for _ in range(2))
    examples = LearningExamples(mine)
    for round_ in some_rounds(1):
        examples.learn(round_)
        shared, *lines = example_lines(round_.context, round_.remaining)
        label = f"0:{-round_.outcome:.6f}:{round_.propensity:.8f} "
        chosen = round_.chosen_of_remaining
        lines[chosen] = label + lines[chosen]
        learn(whole, [shared, *lines])

    whole.save(str(tmp_path / "whole"))
    mine.save(str(tmp_path / "mine"))
    assert (tmp_path / "mine").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("part", [BASE, BAG[0], REGCB], ids=lambda part: part.name)
def test_a_model_that_was_saved_between_goes_on_to_the_same(part: ModelPart) -> None:
    first, second = some_rounds(1), some_rounds(2)
    uninterrupted = VowpalLearner(None, part.arguments)
    uninterrupted.learn(first)
    resumed = VowpalLearner(uninterrupted.dump(), part.arguments)
    uninterrupted.learn(second)
    resumed.learn(second)

    assert resumed.dump() == uninterrupted.dump()


def test_lines_of_many_are_those_of_each() -> None:
    for round_ in some_rounds(3):
        lines = candidate_lines(round_.candidates)

        assert lines == list(map(candidate_line, round_.candidates))
        zeros = [line.count(":0.00000") for line in lines]
        assert own_features(round_.candidates) == [2 - zero for zero in zeros]

"""The policy on Vowpal Wabbit: probabilities, learning, resuming, and snapshots."""

from pathlib import Path
from random import Random

import pytest
from vowpalwabbit import Workspace

from personalization.adapters.vowpal.example_text import context_line, example_lines
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.native_examples import learn, predict
from personalization.adapters.vowpal.policy import VowpalLearner, VowpalPolicy
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.context import CategoryAffinity, Context
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.models.learned_model import LearnedModel
from personalization.learning_wiring import open_learner
from personalization.ports.policy import Candidate, LearningRound
from tests.builders.decision import a_decision

CONTEXT: Context = a_decision().context


def a_candidate(number: int, relevance: float = 0.1, prior: float = 0.1) -> Candidate:
    return Candidate(ProductId(f"p{number}"), CategoryId("c"), relevance, prior)


def rounds(count: int, seed: int = 1) -> list[LearningRound]:
    """Return rounds in a world where relevance is what pays."""
    generator = Random(seed)
    made = []
    for _ in range(count):
        candidates = tuple(
            a_candidate(number, generator.random(), generator.random()) for number in range(8)
        )
        chosen = generator.randrange(8)
        paid = float(generator.random() < candidates[chosen].relevance)
        made.append(LearningRound(CONTEXT, candidates, chosen, 1 / 8, paid))
    return made


def test_a_cold_policy_is_uniform(tmp_path: Path) -> None:
    policy = VowpalPolicy(SnapshotFolder(tmp_path))

    assert policy.version == "cold"
    assert policy.probabilities(CONTEXT, [a_candidate(1), a_candidate(2)]) == [0.5, 0.5]
    assert policy.probabilities(CONTEXT, []) == []


def test_what_pays_becomes_the_favourite_with_eight_tenths_and_its_share(tmp_path: Path) -> None:
    store, learner = SnapshotFolder(tmp_path), VowpalLearner(None)
    learner.learn(rounds(3_000))
    store.save({"model.vw": learner.dump()}, after=None)

    probabilities = VowpalPolicy(store).probabilities(
        CONTEXT, [a_candidate(1, 0.1, 0.9), a_candidate(2, 0.9, 0.1), a_candidate(3, 0.3, 0.5)]
    )

    assert probabilities == pytest.approx([0.2 / 3, 0.8 + 0.2 / 3, 0.2 / 3], abs=1e-6)


def test_models_that_were_saved_and_loaded_go_on_to_the_same_bytes() -> None:
    everything, learned = rounds(400), frozenset(LearnedModel)
    uninterrupted, first = open_learner(learned, {}), open_learner(learned, {})
    uninterrupted.learn(everything)
    first.learn(everything[:150])
    resumed = open_learner(learned, first.dump())
    resumed.learn(everything[150:])

    assert resumed.dump() == uninterrupted.dump()
    assert all(resumed.dump()[name] != part for name, part in first.dump().items())


def test_a_damaged_snapshot_is_refused_and_the_old_model_stays(tmp_path: Path) -> None:
    store, learner = SnapshotFolder(tmp_path), VowpalLearner(None)
    learner.learn(rounds(10))
    store.save({"model.vw": learner.dump()}, after=None)
    policy = VowpalPolicy(store)
    before = policy.version
    learner.learn(rounds(10, seed=2))
    damaged = store.save({"model.vw": learner.dump()}, after=before)
    file = tmp_path / damaged / "model.vw"
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)

    with pytest.raises(DamagedSnapshotError, match="SHA-256"):
        policy.refresh()

    assert policy.version == before


def test_a_process_that_starts_passes_over_damage_to_the_newest_sound_snapshot(
    tmp_path: Path,
) -> None:
    store, learner = SnapshotFolder(tmp_path), VowpalLearner(None)
    versions: list[str] = []
    for number in range(3):
        learner.learn(rounds(10, seed=number))
        after = versions[-1] if versions else None
        versions.append(store.save({"model.vw": learner.dump()}, after=after))
    (tmp_path / versions[2] / "model.vw").write_bytes(b"not what was written")
    (tmp_path / versions[1] / "model.vw").unlink()

    assert VowpalPolicy(store).version == versions[0]

    (tmp_path / versions[0] / "model.vw").unlink()
    with pytest.raises(DamagedSnapshotError, match=versions[2]):
        VowpalPolicy(store)


def test_a_model_that_is_none_is_refused_though_its_checksum_is_right(tmp_path: Path) -> None:
    store = SnapshotFolder(tmp_path)
    policy = VowpalPolicy(store)
    store.save({"model.vw": b"this is no model"}, after=None)

    with pytest.raises(DamagedSnapshotError, match="cannot read"):
        policy.refresh()
    assert policy.version == "cold"


def test_an_unfinished_snapshot_is_not_seen(tmp_path: Path) -> None:
    store = SnapshotFolder(tmp_path)
    version = store.save({"model.vw": b"whole"}, after=None)
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "model.vw").write_bytes(b"half")

    assert store.current() == version
    assert [snapshot.version for snapshot in store.versions()] == [version]
    assert store.load(store.save({"model.vw": b"next"}, after=version)) == {"model.vw": b"next"}


def test_the_native_binding_answers_and_learns_as_the_package_does() -> None:
    wrapped, native = (Workspace(BASE.arguments, enable_logging=False) for _ in range(2))
    for number, round_ in enumerate(rounds(300)):
        lines = example_lines(CONTEXT, round_.candidates)
        assert predict(native, lines) == wrapped.predict(lines)
        labelled = list(lines)
        labelled[1 + number % 8] = f"0:{-round_.outcome}:0.125 {labelled[1 + number % 8]}"
        learn(native, labelled)
        wrapped.learn(labelled)


def test_ids_cannot_smuggle_features_or_actions_into_an_example() -> None:
    context = Context(
        season=CONTEXT.season,
        daypart=CONTEXT.daypart,
        device=CONTEXT.device,
        region=Region("p l|x:9\n|r relevance:99"),
        affinities=(CategoryAffinity(CategoryId("a b|c:2"), 1.0),),
        interaction_count=2,
    )

    line = context_line(context)

    assert "\n" not in line
    assert line.count("|") == 1
    assert ":" not in line
    assert len(example_lines(context, [a_candidate(1)])) == 2


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        example_lines(CONTEXT, [a_candidate(1, relevance=number)])

"""A damaged snapshot costs nothing: the learner goes on from a sound one, or refuses to guess."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY

from personalization.adapters.vowpal.policy import COLD_VERSION, VowpalPolicy
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.models.learned_model import LearnedModel
from personalization.learning.learner_state import LearnerState
from personalization.learning_wiring import open_learner
from personalization.ports.model_store import STATE_PART
from tests.integration.realtime.test_learner import Traffic, a_run, model_of, traffic

__all__ = ["traffic"]
BASE_LEARNER = partial(open_learner, frozenset({LearnedModel.BASE}))

Damage = Callable[[Path], object]
"""Given the folder of the current snapshot."""


def cut(file: Path, size: int) -> None:
    os.truncate(file, size)


def in_place_of(path: Path, put: Callable[[Path], object]) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    put(path)


def repeat(file: Path, text: bytes) -> None:
    file.write_bytes(text * 100)


DAMAGES: Mapping[str, Damage] = {
    "a model is missing": lambda of: (of / "model.vw").unlink(),
    "the state is missing": lambda of: (of / STATE_PART).unlink(),
    "a model is cut": lambda of: cut(of / "model.vw", 100),
    "a model is empty": lambda of: cut(of / "model.vw", 0),
    "a model is too long": lambda of: cut(of / "model.vw", 2**21),
    "the state is far too large": lambda of: cut(of / STATE_PART, 2**40),
    "the state is garbled": lambda of: repeat(of / STATE_PART, b"\xff\x00"),
    "a model is a folder": lambda of: in_place_of(of / "model.vw", Path.mkdir),
    "a model is a pipe": lambda of: in_place_of(of / "model.vw", os.mkfifo),
    "a model is a link to itself": lambda of: in_place_of(
        of / "model.vw", lambda file: file.symlink_to(file)
    ),
    "the manifest is missing": lambda of: (of / "manifest.json").unlink(),
    "the manifest is empty": lambda of: cut(of / "manifest.json", 0),
    "the manifest is garbled": lambda of: repeat(of / "manifest.json", b"\xff{"),
    "the manifest names nothing": lambda of: (of / "manifest.json").write_bytes(b"{}"),
    "the manifest is half there": lambda of: cut(of / "manifest.json", 40),
    "the manifest is a link to nowhere": lambda of: in_place_of(
        of / "manifest.json", lambda file: file.symlink_to("nowhere")
    ),
    "the state is half there": lambda of: cut(of / STATE_PART, 200),
    "the state is no longer readable": lambda of: in_place_of(
        of / STATE_PART, lambda file: file.symlink_to("/proc/self/mem")
    ),
    "the folder is gone": shutil.rmtree,
    "the folder is a file": lambda of: in_place_of(of, Path.touch),
    "the folder is a link to itself": lambda of: in_place_of(of, lambda it: it.symlink_to(it)),
    "the folder is that of another": lambda of: in_place_of(
        of,
        lambda it: it.symlink_to(min(other for other in it.parent.iterdir() if other.is_dir())),
    ),
    "the pointer is a link to itself": lambda of: in_place_of(
        of.parent / "current", lambda file: file.symlink_to(file)
    ),
    "the pointer names none": lambda of: (of.parent / "current").write_text("000777-abcdefabcdef"),
    "the pointer is gone": lambda of: (of.parent / "current").unlink(),
    "the pointer is empty": lambda of: cut(of.parent / "current", 0),
    "the pointer is garbled": lambda of: repeat(of.parent / "current", b"\xff\x00/.."),
    "the pointer is a folder": lambda of: in_place_of(of.parent / "current", Path.mkdir),
}


def passed_over() -> float:
    return REGISTRY.get_sample_value("fitting_room_snapshots_damaged_total") or 0.0


@pytest.fixture
def half_way(traffic: Traffic) -> SnapshotFolder:
    """Return the snapshots of a learner that has saved several times and stopped half-way."""
    run = a_run(traffic, traffic.folder / "models", every_seconds=60)
    store, saved = SnapshotFolder(traffic.folder / "models"), run.learner.offsets
    while len(store.versions()) < 3 or run.learner.rounds < traffic.shown // 2:
        run.step(10)
        if run.learner.offsets != saved:
            saved = run.learner.offsets
            run.learner.checkpoint()
    run.consumer.close()
    return store


def test_whatever_is_damaged_the_learner_goes_on_from_the_snapshot_before(
    traffic: Traffic, half_way: SnapshotFolder
) -> None:
    *_, older, current = [snapshot.version for snapshot in half_way.versions()]
    state = msgspec.json.decode(half_way.load(older)[STATE_PART], type=LearnerState)
    offsets = {entry.partition: entry.offset for entry in state.offsets}
    for number, (name, damage) in enumerate(DAMAGES.items()):
        models = traffic.folder / f"damaged-{number}"
        shutil.copytree(traffic.folder / "models", models)
        before = passed_over()
        damage(models / current)

        run = a_run(traffic, models, every_seconds=60, load_models=BASE_LEARNER)

        found = {place.partition: offset for place, offset in run.learner.offsets.items()}
        if name.startswith("the pointer"):  # The snapshot itself is as good as ever.
            assert found != offsets, name
        else:
            assert found == offsets, name
            assert passed_over() > before, name
        # What is saved next is sound, and above whatever is left of the damaged one.
        saved = run.learner.checkpoint()
        assert saved > current, name
        assert VowpalPolicy(SnapshotFolder(models)).version == saved, name
        run.consumer.close()


def spoil_all(store: SnapshotFolder, folder: Path) -> None:
    for snapshot in store.versions():
        (folder / snapshot.version / STATE_PART).write_bytes(b"spoiled")


def test_the_model_becomes_that_of_an_uninterrupted_run_or_the_learner_refuses(
    traffic: Traffic, half_way: SnapshotFolder
) -> None:
    whole, models = traffic.folder / "whole", traffic.folder / "models"
    expected = model_of(a_run(traffic, whole).to_the_end(), whole)
    current = half_way.current()
    (models / str(current) / "model.vw").write_bytes(b"spoiled")
    none_sound = traffic.folder / "none-sound"
    shutil.copytree(models, none_sound)
    spoil_all(SnapshotFolder(none_sound), none_sound)

    older = a_run(traffic, models).to_the_end()
    assert (older.rounds, model_of(older, models)) == (traffic.shown, expected)

    # Pages need no model at all.
    with pytest.raises(DamagedSnapshotError):
        VowpalPolicy(SnapshotFolder(none_sound))
    assert VowpalPolicy(SnapshotFolder(none_sound), else_cold=True).version == COLD_VERSION
    # The log has everything, so that it can be learned again from its beginning.
    anew = a_run(traffic, none_sound, every_seconds=60).to_the_end()
    assert (anew.rounds, model_of(anew, none_sound)) == (traffic.shown, expected)

    spoil_all(SnapshotFolder(none_sound), none_sound)
    with closing(sqlite3.connect(traffic.folder / "log.sqlite")) as file, file:
        file.execute('DELETE FROM records WHERE "offset" < 2')
    with pytest.raises(DamagedSnapshotError, match="log has forgotten what came before"):
        a_run(traffic, none_sound)

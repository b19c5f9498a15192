"""`fitting-room model`: listing, checking and going back, over the snapshots of a shop."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from personalization.adapters.vowpal.model_parts import BAG, BASE
from personalization.adapters.vowpal.policy import VowpalLearner, VowpalPolicy
from personalization.ports.model_store import STATE_PART
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.learning_rounds import learning_rounds
from tests.builders.spoiled_model import with_a_weight
from tests.integration.command_line import run_over


@pytest.fixture
def shop(tmp_path: Path) -> CoreSettings:
    """Return the settings of a shop with three snapshots of two models."""
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    base, bag = VowpalLearner(None), VowpalLearner(None, BAG[0].arguments)
    with open_kept(settings) as kept:
        for number in range(1, 4):
            for vowpal_learner in (base, bag):
                vowpal_learner.learn(learning_rounds(100, seed=number))
            state = json.dumps({"rounds": 100 * number, "offsets": [number]}).encode()
            parts = {BASE.name: base.dump(), BAG[0].name: bag.dump(), STATE_PART: state}
            kept.models.save(parts, kept.models.current())
    return settings


def list_models(shop: CoreSettings) -> list[dict[str, object]]:
    return [json.loads(line) for line in run_over(shop, "model", "list", "--json").splitlines()]


def refusal(shop: CoreSettings, *arguments: str) -> str:
    """Return the error output of a command that fails."""
    home = {"FITTING_ROOM_HOME": str(shop.storage.home), "COLUMNS": "200"}
    done = CliRunner().invoke(build_app("model"), ["model", *arguments], env=home)
    assert done.exit_code != 0
    return f"{done.stderr} {done.exception}"


def test_snapshots_are_listed_with_what_they_hold(shop: CoreSettings) -> None:
    found = list_models(shop)

    assert [snapshot["rounds"] for snapshot in found] == [100, 200, 300]
    assert [snapshot["current"] for snapshot in found] == [False, False, True]
    assert found[0]["parts"] == ["bag-0.vw", "model.vw", "state.json"]
    assert all(snapshot["damage"] is None for snapshot in found)
    table = run_over(shop, "model", "list")
    assert str(found[2]["version"]) in table
    assert "current" in table


def test_a_sound_snapshot_is_checked_part_by_part(shop: CoreSettings) -> None:
    current = str(list_models(shop)[2]["version"])

    found = json.loads(run_over(shop, "model", "check", "--json"))

    assert set(found[current]) == {"model.vw", "bag-0.vw"}
    assert all(0 <= part <= 1e-6 for part in found[current].values())


def test_damage_is_listed_and_refused(shop: CoreSettings) -> None:
    first = str(list_models(shop)[0]["version"])
    (shop.storage.models / first / "bag-0.vw").write_bytes(b"not what was written")

    assert "SHA-256" in str(list_models(shop)[0]["damage"])
    assert "SHA-256" in refusal(shop, "check", first)
    assert "SHA-256" in refusal(shop, "rollback", first)


def test_a_model_that_must_not_be_served_is_not_gone_back_to(shop: CoreSettings) -> None:
    with open_kept(shop) as kept:
        current = kept.models.current()
        spoiled = {"model.vw": with_a_weight(None, float("nan"))}
        version = kept.models.save(spoiled, current)

    assert "not a finite number" in refusal(shop, "check", version)
    assert "not promoted" in refusal(shop, "rollback", version)


def test_scorers_take_what_was_gone_back_to_as_a_newer_version(shop: CoreSettings) -> None:
    first, _, third = (str(snapshot["version"]) for snapshot in list_models(shop))
    with open_kept(shop) as kept:
        policy = VowpalPolicy(kept.models)
        assert policy.version == third

        assert first in run_over(shop, "model", "rollback", first)

        assert policy.refresh()
        newest = list_models(shop)[-1]
        assert policy.version == newest["version"]
        assert (newest["current"], newest["rounds"]) == (True, 100)
        run_over(shop, "model", "rollback", third, "--model-only")
        parts = kept.models.load(str(list_models(shop)[-1]["version"]))
        assert parts["model.vw"] == kept.models.load(third)["model.vw"]
        assert json.loads(parts[STATE_PART]) == {"rounds": 300, "offsets": [1]}


def test_an_unknown_version_is_answered_with_those_that_are_kept(shop: CoreSettings) -> None:
    said = refusal(shop, "rollback", "000009-abcdefabcdef")

    assert "There is no snapshot 000009-abcdefabcdef" in said
    assert str(list_models(shop)[0]["version"]) in said

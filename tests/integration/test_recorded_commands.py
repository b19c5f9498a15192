"""What the commands change stands in the audit log, under the name of who ran them."""

import json
from pathlib import Path

import pytest

from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.domain.access.shop import SHOP
from personalization.ports.model_store import STATE_PART
from personalization.ports.stores import KeptStores
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.integration.command_line import run_over

ANN = ("--author", "ann")


@pytest.fixture
def home(tmp_path: Path) -> CoreSettings:
    """Return settings of a shop with a product, a model and two generations."""
    settings = CoreSettings(storage=StorageSettings(home=tmp_path / "home"))
    with open_kept(settings) as kept:
        kept.catalogue.write_products([a_product()])
        parts = {BASE.name: VowpalLearner(None).dump(), STATE_PART: b'{"rounds": 7}'}
        kept.models.save(parts, kept.models.current())
        for day in (1, 2):
            made = a_generation(generation_id=f"g{day}", created_at=NOON.replace(day=day))
            kept.priors.register(made)
        kept.priors.promote(made.generation_id)
    return settings


def changes(kept: KeptStores) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in reversed(kept.audit.newest(SHOP, 50))]


def test_each_command_that_changes_something_is_recorded(home: CoreSettings) -> None:
    boost = ("boost", "--product", "shirt-1", "--amount", "0.5", "--reason", "a test")
    run_over(home, "rules", "add", "sale", *boost, *ANN)
    run_over(home, "rules", "stock", "--out", "shirt-1", *ANN)
    run_over(home, "rules", "remove", "sale", *ANN)
    run_over(home, "experiment", "start", "--id", "taste", "--arm", "a 0.5", "--arm", "b 0.5")
    run_over(home, "experiment", "stop", "taste", "--arm", "b")
    run_over(home, "experiment", "stop", "taste")
    [model] = run_over(home, "model", "list", "--json").splitlines()
    version = json.loads(model)["version"]
    run_over(home, "model", "rollback", version, *ANN)
    run_over(home, "generations", "rollback", *ANN)
    run_over(home, "generations", "promote", "g2", *ANN)

    with open_kept(home) as kept:
        assert changes(kept) == [
            ("rules.write", "sale"),
            ("rules.write", "stock"),
            ("rules.remove", "sale"),
            ("experiments.start", "taste"),
            ("experiments.stop", "taste"),
            ("experiments.stop", "taste"),
            ("models.rollback", version),
            ("generations.rollback", "g1"),
            ("generations.promote", "g2"),
        ]
        by_hand = [
            entry for entry in kept.audit.newest(SHOP, 50) if "experiment" not in entry.action
        ]
        assert {entry.author for entry in by_hand} == {"ann"}
        active = kept.priors.active()
    assert active is not None
    assert active.generation_id == "g2"


def test_generations_are_listed_and_shown(home: CoreSettings) -> None:
    listed = json.loads(run_over(home, "generations", "list", "--json"))
    assert [(each["generation_id"], each["active"]) for each in listed] == [
        ("g2", True),
        ("g1", False),
    ]
    assert "active" in run_over(home, "generations", "list")
    shown = run_over(home, "generations", "show", "g1")
    assert "trending" in shown
    assert "Check of size: passed" in shown
    assert json.loads(run_over(home, "generations", "show", "g1", "--json"))["active"] is False
    run_over(home, "generations", "show", "none", expect=1)
    run_over(home, "generations", "promote", "none", expect=1)


def test_an_experiment_that_would_be_a_burden_is_refused(
    home: CoreSettings, tmp_path: Path
) -> None:
    file = tmp_path / "experiment.json"
    arms = [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5}]
    for wrong in (
        {"experiment_id": "a\x00b"},
        {"window_seconds": 1e300},
        {"planned_units": 10**15},
        {"salt": "x" * 1_000},
        {"arms": [{"name": f"arm-{n}", "share": 1 / 32} for n in range(32)]},
    ):
        file.write_text(json.dumps({"experiment_id": "e", "arms": arms, **wrong}))
        run_over(home, "experiment", "start", str(file), expect=1)
    with open_kept(home) as kept:
        assert changes(kept) == []

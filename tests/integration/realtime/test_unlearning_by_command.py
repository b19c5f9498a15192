"""Who erases a session has a command and a night that take it out of the models."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from nightly.answers import ExitCode, answer_of
from nightly.steps import UnlearnSessions
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import SessionId
from personalization.erasure.erasers import models_eraser
from personalization.erasure.store_eraser import ErasedPeople
from personalization.learning.unlearning import UNLEARNED
from personalization.learning_wiring import open_keeper
from personalization.neighbours.erasures import ERASURE_LIST, NOTHING_ERASED, session_digest
from personalization.plans.editor import PlanEditor
from personalization.ports.plan_store import ERASURES
from personalization.priors.session_eraser import keyed_erasures
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.moments import NOON
from tests.integration.command_line import run_over
from tests.integration.realtime.test_learner import Traffic, a_run, traffic
from tests.integration.realtime.unlearning_runs import QUICK_LEARNER

__all__ = ["traffic"]

ERASED = SessionId("session-7")


@pytest.fixture
def shop(traffic: Traffic) -> CoreSettings:
    """Return the settings of a shop whose models have learned from thirty sessions."""
    settings = CoreSettings(storage=StorageSettings(home=traffic.folder))
    with open_kept(settings) as kept:
        run = a_run(traffic, settings.storage.models, 60, QUICK_LEARNER, keeper=open_keeper(kept))
        run.to_the_end().checkpoint()
    return settings


def erase(shop: CoreSettings, session_id: SessionId) -> None:
    with open_kept(shop) as kept:
        key = keyed_erasures(kept.plans).key
        editor = PlanEditor(
            kept.plans, ERASURES, lambda plan: ERASURE_LIST.decode(plan.body),
            ERASURE_LIST.encode, NOTHING_ERASED,
        )  # fmt: skip
        digest = session_digest(key, session_id)
        editor.edit(lambda known: known.with_more([digest], NOON, "ann"), "ann")


def unlearn(shop: CoreSettings, *options: str) -> dict[str, object]:
    report: dict[str, object] = json.loads(run_over(shop, "model", "unlearn", "--json", *options))
    return report


def test_a_command_leaves_out_the_erased_and_says_what_it_did(shop: CoreSettings) -> None:
    erase(shop, ERASED)

    tried = unlearn(shop, "--dry-run")
    assert (tried["made"], tried["sessions"]) == (None, 1)

    done = unlearn(shop, "--author", "ann")

    assert done["made"]
    assert done["sha256"] == tried["sha256"]
    with open_kept(shop) as kept:
        assert kept.models.current() == done["made"]
        assert kept.rounds.count(keyed_erasures(kept.plans).sessions()) == {}
        [entry] = kept.audit.newest(SHOP, 1)
    assert (entry.action, entry.author, entry.after) == (UNLEARNED, "ann", f'"{done["made"]}"')
    again = run_over(shop, "model", "unlearn")
    assert "The models are the same as before, to the byte." in again
    assert "Left out: 0 rounds of 0 erased sessions." in again


def test_a_session_may_be_named_that_is_not_on_the_list(shop: CoreSettings) -> None:
    report = unlearn(shop, "--session", ERASED, "--session", "nobody")

    assert report["sessions"] == 1
    assert report["same"] is False


def test_what_would_be_worse_is_refused_with_advice(
    shop: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_LEARNING_UNLEARNED_WORSE", "0")
    with open_kept(shop) as kept:
        middle = kept.models.current()
        [*_, last] = [slate for slates in kept.rounds.read(0, 10**9) for slate in slates]
        kept.rounds.forget([last.session], 10**9, 0)
        kept.rounds.prune(NOON.replace(year=NOON.year + 1))
    home = {**os.environ, "FITTING_ROOM_HOME": str(shop.storage.home), "COLUMNS": "200"}

    done = CliRunner().invoke(build_app("model"), ["model", "unlearn"], env=home)

    assert done.exit_code == 1
    assert "no kept round is left to train it with" in done.stderr
    assert "--accept" in done.stderr
    with open_kept(shop) as kept:
        assert kept.models.current() == middle


def test_a_night_does_it_only_where_an_erasure_waits(
    shop: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(shop.storage.home))
    code, said = answer_of(UnlearnSessions())
    assert (code, said) == (ExitCode.SKIPPED, {"reason": "No erased session is in the models."})
    erase(shop, ERASED)

    code, said = answer_of(UnlearnSessions())

    assert code is ExitCode.DONE
    assert "of 1 erased sessions" in str(said["result"])
    assert answer_of(UnlearnSessions())[0] is ExitCode.SKIPPED


def test_a_request_of_erasure_waits_until_the_models_are_trained_again(shop: CoreSettings) -> None:
    erase(shop, ERASED)
    subject = ErasedPeople((ERASED,))
    with open_kept(shop) as kept:
        assert "rounds of theirs" in models_eraser(kept).erase(subject).left

    unlearn(shop)

    with open_kept(shop) as kept:
        assert models_eraser(kept).erase(subject).left == ""


def test_a_night_of_a_home_without_a_model_has_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(tmp_path))
    code, said = answer_of(UnlearnSessions())
    assert (code, said) == (ExitCode.SKIPPED, {"reason": "No snapshot has been saved yet."})

"""An experiment from its start to its end over the stores of either stack."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from nightly.experiment_check import check_now
from personalization.audit.recording import Auditor
from personalization.domain.errors import InvalidExperimentError, PersonalizationError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.experiment import Experiment
from personalization.experiments.past_experiments import PastExperiments
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.product import a_product
from tests.builders.shops.experiment_traffic import Visit, a_visit
from tests.integration.command_line import run_over

VISITS = 1_200
START = (
    "experiment", "start", "--id", "taste", "--arm", "control 0.4", "--arm", "same 0.3",
    "--arm", "bad 0.3 policy.home=epsilon-greedy:epsilon=1", "--window-seconds", "10",
    "--guardrail", "novelty=0.5", "--shadow", "home=popularity",
)  # fmt: skip


def products() -> Sequence[Product]:
    return [a_product(product_id=ProductId(f"p{number}")) for number in range(5)]


def read_experiment(settings: CoreSettings) -> Experiment:
    with open_kept(settings) as kept:
        return ExperimentEditor(kept.plans, Auditor(kept.audit)).find("taste")


def visits(experiment: Experiment, first: int, count: int, since: datetime) -> list[Visit]:
    """Return visits of which 40 % click, of the bad arm 10 %."""
    random = Random(5)
    return [
        a_visit(
            experiment,
            number,
            since + timedelta(milliseconds=number - first),
            clicks=random.random()
            < (0.1 if experiment.serving_arm(f"session-{number}").name == "bad" else 0.4),
        )
        for number in range(first, first + count)
    ]


def shop(settings: CoreSettings, came: Sequence[Visit]) -> None:
    with open_kept(settings) as kept:
        kept.catalogue.write_products(products())
        kept.decisions.append([visit.record for visit in came])
        kept.history.append([event for visit in came for event in visit.events])


def long_ago(settings: CoreSettings) -> datetime:
    """Move the start of the experiment back, so that visits lie between it and now."""
    began = datetime.now(UTC) - timedelta(minutes=30)
    with open_kept(settings) as kept:
        plan = kept.plans.read("experiments")
        assert plan is not None
        document = json.loads(plan.body)
        document["experiments"][0]["started_at"] = began.isoformat()
        kept.plans.write("experiments", json.dumps(document).encode(), plan.version)
    return began


def test_a_loser_is_stopped_its_units_fall_to_the_control_and_the_report_says_so(
    either_stack: CoreSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_over(either_stack, *START)
    began = long_ago(either_stack)
    shop(either_stack, visits(read_experiment(either_stack), 0, VISITS, began))

    # The task of the DAG reads its settings from the environment.
    monkeypatch.setenv("FITTING_ROOM_HOME", str(either_stack.storage.home))
    if either_stack.cassandra.contact_points is not None:
        name_cassandra(monkeypatch, either_stack.cassandra)
    lines = check_now()

    assert [line.endswith("(stopped now)") for line in lines] == [False, True]
    stopped = read_experiment(either_stack)
    assert [stopped_arm.arm for stopped_arm in stopped.stopped] == ["bad"]
    assert "(stopped now)" not in " ".join(check_now())

    # A slate is seen a second after its decision: just after the stop.
    decided_at = stopped.stopped[0].at - timedelta(seconds=0.999)
    shop(either_stack, visits(stopped, VISITS, 100, decided_at))
    picture = tmp_path / "picture.png"
    report = json.loads(
        run_over(either_stack, "experiment", "report", "taste", "--json", "--plot", str(picture))
    )
    by_arm = {arm["arm"]: arm for arm in report["arms"]}
    standing = {conclusion["arm"]: conclusion["standing"] for conclusion in report["conclusions"]}
    assert standing["bad"] == "worse"
    assert standing["same"] in ("undecided", "alike")
    assert report["sample_ratio"]["mismatch"] is False
    assert report["misplaced"] == 0
    assert by_arm["bad"]["fallen_to_control"] > 10
    assert sum(arm["settled"] for arm in report["arms"]) == VISITS
    assert by_arm["control"]["values"]["mrr"] == pytest.approx(0.4, abs=0.07)
    assert by_arm["control"]["values"]["coverage"] == 1.0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "bad 30% (stopped)" in run_over(either_stack, "experiment", "list")


def name_cassandra(monkeypatch: pytest.MonkeyPatch, settings: CassandraSettings) -> None:
    points = settings.contact_points or ""
    monkeypatch.setenv("FITTING_ROOM_CASSANDRA_CONTACT_POINTS", points)
    monkeypatch.setenv("FITTING_ROOM_CASSANDRA_KEYSPACE", settings.keyspace)


@pytest.fixture
def running(tmp_path: Path) -> CoreSettings:
    """Return the settings of an embedded shop whose experiment has begun."""
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    run_over(settings, *START)
    return settings


def test_what_happens_while_it_is_measured_belongs_to_the_next_look(running: CoreSettings) -> None:
    now = datetime.now(UTC)
    shop(running, visits(read_experiment(running), 0, 50, now))

    with open_kept(running) as kept:
        past = PastExperiments(kept.history, kept.decisions, kept.catalogue)
        before, at, after = (
            past.measure(read_experiment(running), now + timedelta(seconds=seconds))
            for seconds in (0, 1.03, 60)
        )

    assert [measurement.waiting for measurement in (before, after)] == [0, 0]
    assert 0 < at.waiting < 50
    assert sum(sums.units for sums in after.sums.values()) == 50


def test_shadows_are_worth_what_served_where_they_would_have_done_the_same(
    running: CoreSettings,
) -> None:
    began = datetime.now(UTC) - timedelta(hours=2)
    with open_kept(running) as kept:
        plan = kept.plans.read("experiments")
        assert plan is not None
        document = json.loads(plan.body)
        document["experiments"][0]["started_at"] = began.isoformat()
        kept.plans.write("experiments", json.dumps(document).encode(), plan.version)
    shop(running, visits(read_experiment(running), 0, 400, began))

    [shadow] = json.loads(run_over(running, "experiment", "shadow-report", "taste", "--json"))

    assert (shadow["placement"], shadow["policy"]) == ("home", "greedy")
    assert shadow["positions"] == 3 * 400
    assert shadow["agreement"] == 1.0
    assert shadow["value"] == pytest.approx(shadow["served"])


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        (("control 0.5", "b 0.5 policy.home=thompson-linear"), "which is not learned"),
        (("control 0.5", "b 0.5 policy.cellar=squarecb"), "no placement 'cellar'"),
        (("control 0.5", "b 0.5 policy.home=magic"), "no policy 'magic'"),
        (("control 0.5", "b 0.5 tuning.decay=7"), "less than or equal to 1"),
        (("control 0.5", "b 0.5 model=000009-x"), "000009-x"),
        (("control 0.5", "b 0.4"), "add up to 1"),
        (("control", "b 0.4"), "lacks its share"),
        (("control 0.5", "b 0.5 colour=red"), "has 'colour=red'"),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_sentence(
    tmp_path: Path, arms: Sequence[str], said: str
) -> None:
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    given = [part for arm in arms for part in ("--arm", arm)]

    done = CliRunner().invoke(
        build_app("experiment"),
        ["experiment", "start", "--id", "x", "--home", str(tmp_path), *given],
    )

    assert isinstance(done.exception, PersonalizationError)
    assert said in str(done.exception)

    assert "no experiment yet" in run_over(settings, "experiment", "list")


def test_an_experiment_is_ended_by_hand_and_its_id_is_not_taken_again(
    running: CoreSettings,
) -> None:
    run_over(running, "experiment", "stop", "taste", "--arm", "same")
    assert [stopped_arm.arm for stopped_arm in read_experiment(running).stopped] == ["same"]

    run_over(running, "experiment", "stop", "taste")

    assert not read_experiment(running).running
    again = CliRunner().invoke(
        build_app("experiment"),
        ["experiment", "stop", "taste", "--arm", "bad", "--home", str(running.storage.home)],
    )
    assert isinstance(again.exception, InvalidExperimentError)
    assert "has ended" in str(again.exception)
    assert run_over(running, "experiment", "check").strip() == "No experiment is running."
    run_over(running, *START, expect=1)


def test_an_experiment_may_be_written_in_a_file(tmp_path: Path) -> None:
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    file = tmp_path / "experiment.json"
    arms = [{"name": "control", "share": 0.5}, {"name": "b", "share": 0.5, "tuning": {"decay": 1}}]
    file.write_text(json.dumps({"experiment_id": "taste", "arms": arms, "primary": "mrr"}))

    run_over(settings, "experiment", "start", str(file))

    assert (read_experiment(settings).primary, read_experiment(settings).salt) == ("mrr", "taste")


def test_an_option_comes_before_what_the_file_says(tmp_path: Path) -> None:
    settings = CoreSettings(storage=StorageSettings(home=tmp_path))
    file = tmp_path / "experiment.json"
    file.write_text(
        json.dumps(
            {"experiment_id": "taste", "primary": "mrr", "window_seconds": 60, "unit": "user"}
        )
    )

    run_over(settings, "experiment", "start", str(file), "--primary", "ndcg")

    experiment = read_experiment(settings)
    assert (experiment.primary, experiment.window_seconds) == ("ndcg", 60)
    assert experiment.unit == "user"


@pytest.mark.parametrize("arms", [{"name": "control"}, ["control"], "control"])
def test_arms_of_another_shape_are_refused_with_a_sentence(tmp_path: Path, arms: object) -> None:
    file = tmp_path / "experiment.json"
    file.write_text(json.dumps({"experiment_id": "taste", "arms": arms}))

    done = CliRunner().invoke(
        build_app("experiment"), ["experiment", "start", str(file), "--home", str(tmp_path)]
    )

    assert isinstance(done.exception, InvalidExperimentError)
    assert "arms" in str(done.exception)

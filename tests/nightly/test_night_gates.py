"""A night that gates refuse, from its steps to the files that say why."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nightly.night import NightOptions, plan_file_of
from nightly.nightly_steps import gate_of, judge_history
from nightly.quality.columns import input_columns, output_columns
from nightly.quality.gate_reports import KEPT_REFUSALS, GateReports
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId
from personalization.domain.quality.gate import GateName
from personalization.priors.gates.day_profile import PROFILES, MeasuredDay, ProfileFile
from personalization.priors.gates.report import GateReport
from personalization.priors.gates.verdict import GateOutcome, GateVerdict, NightJudgement
from personalization.priors.warehouse import INTERACTIONS, JOB_REPORT, JobReport, NightlyPlan
from tests.builders.moments import NOON
from tests.builders.nights.day_profile import a_day_profile, days_until
from tests.nightly.hand_made_night import TODAY, finish, make_night, stores_of

YESTERDAY = TODAY - timedelta(days=1)


def _night(
    home: Path, formulas: Path, events: int, *accept: GateName, run_date: date | None = None
) -> NightlyPlan:
    """Make a night whose days are measured as ordinary ones, but for yesterday's events."""
    plan = make_night(home, formulas, NightOptions(run_date=run_date, accept=accept))
    building = plan_file_of(plan).parent
    said = JobReport(absent={}, parameters={INTERACTIONS: "40"})
    (building / "reports" / "more.json").write_bytes(JOB_REPORT.encode(said))
    days = days_until(TODAY, 50, a_day_profile(day=YESTERDAY, events=events))
    measured = [MeasuredDay(fingerprint="", profile=profile) for profile in days.values()]
    (building / "day_profiles.json").write_bytes(PROFILES.encode(ProfileFile(tuple(measured))))
    return plan


def _promote_night_before(home: Path, formulas: Path) -> GenerationId:
    """Promote the night before, which had no yesterday yet."""
    plan = make_night(home, formulas, NightOptions(run_date=YESTERDAY - timedelta(days=1)))
    assert finish(plan)
    return plan.generation_id


def test_a_refused_night_keeps_the_active_generation_and_says_why_in_one_table(
    home: Path, formulas: Path
) -> None:
    active = _promote_night_before(home, formulas)
    refused = _night(home, formulas, 400)
    with pytest.raises(GenerationRejectedError, match=r"stopped: volume .*0.40 times: 400 events"):
        finish(refused)
    with stores_of(home) as stores:
        now = stores.priors.active()
    assert now is not None
    assert now.generation_id == active
    reports = GateReports(home / "warehouse")
    [kept] = reports.refusals()
    assert reports.last_refusal() == kept
    assert (kept.generation_id, kept.active) == (refused.generation_id, active)
    stopped = [row for row in kept.judgement.verdicts if row.outcome is GateOutcome.STOPPED]
    assert [row.gate for row in stopped] == [GateName.VOLUME]
    assert GateOutcome.PASSED in {row.outcome for row in kept.judgement.verdicts}


def test_days_are_judged_before_anything_is_made_of_them(home: Path, formulas: Path) -> None:
    _promote_night_before(home, formulas)
    with pytest.raises(GenerationRejectedError, match=r"stopped: volume .*0.40 times: 400 events"):
        judge_history(plan_file_of(_night(home, formulas, 400)))
    assert GateReports(home / "warehouse").last_refusal() is not None
    judge_history(plan_file_of(_night(home, formulas, 400, GateName.VOLUME)))
    judge_history(plan_file_of(_night(home, formulas, 1_000)))


def test_days_of_a_backfill_are_compared_with_nothing(home: Path, formulas: Path) -> None:
    assert finish(make_night(home, formulas, NightOptions()))
    late = _night(home, formulas, 400, run_date=YESTERDAY)
    judge_history(plan_file_of(late))


def test_what_was_looked_at_is_accepted_for_a_night_and_kept_beside_its_generation(
    home: Path, formulas: Path
) -> None:
    _promote_night_before(home, formulas)
    plan = _night(home, formulas, 400, GateName.VOLUME)
    assert finish(plan)
    reports = GateReports(home / "warehouse")
    assert reports.last_refusal() is None
    kept = reports.of_generation(plan.generation_id)
    assert kept is not None
    [complaint] = kept.judgement.complaints()
    assert (complaint.gate, complaint.outcome) == (GateName.VOLUME, GateOutcome.ACCEPTED)


def test_a_night_that_begins_forgets_why_the_last_one_was_refused(
    home: Path, formulas: Path
) -> None:
    _promote_night_before(home, formulas)
    with pytest.raises(GenerationRejectedError):
        finish(_night(home, formulas, 400))
    assert finish(_night(home, formulas, 1_000))
    reports = GateReports(home / "warehouse")
    assert reports.last_refusal() is None
    assert len(reports.refusals()) == 1


def test_a_generation_without_tables_is_refused_with_a_row_of_the_table(
    home: Path, formulas: Path
) -> None:
    plan = make_night(home, formulas, NightOptions())
    [table] = plan_file_of(plan).parent.glob("tables/*")
    table.rename(table.with_name("away"))
    with pytest.raises(GenerationRejectedError, match=r"stopped: lists .*product_priors"):
        finish(plan)


def test_a_gate_that_there_is_not_cannot_be_accepted() -> None:
    with pytest.raises(GenerationRejectedError, match=r"no gate 'volum' to accept.*volume"):
        gate_of("volum")


def test_a_broken_day_and_a_column_of_another_type_are_told_by_file(
    home: Path, formulas: Path
) -> None:
    make_night(home, formulas, NightOptions())
    warehouse = home / "warehouse"
    assert input_columns(warehouse).value == 0
    broken, other = sorted(warehouse.glob("history/*/*.parquet"))[:2]
    broken.write_bytes(b"PAR1 and nothing else")
    table = pq.read_table(other)
    place = table.schema.get_field_index("stars")
    texts = pa.array(["5"] * table.num_rows)
    pq.write_table(table.set_column(place, "stars", texts).drop_columns(["reward"]), other)
    reading = input_columns(warehouse)
    assert reading.value == 3
    assert f"history/{broken.parent.name}/{broken.name}: it cannot be read" in reading.note
    assert "column stars is string instead of double" in reading.note
    assert "column reward is missing" in reading.note
    (warehouse / "products.parquet").unlink()
    assert "products.parquet: it is missing" in input_columns(warehouse).note


def test_tables_of_another_shape_are_told_by_file(home: Path, formulas: Path) -> None:
    building = plan_file_of(make_night(home, formulas, NightOptions())).parent
    assert output_columns(building).value == 0
    [file] = building.glob("tables/*/*.parquet")
    pq.write_table(pq.read_table(file).drop_columns(["support"]), file)
    reading = output_columns(building)
    place = f"tables/table=product_priors/{file.name}"
    assert reading.note == f"{place}: column support is missing"


def test_refusals_are_kept_newest_first_and_their_number_is_bounded(tmp_path: Path) -> None:
    reports = GateReports(tmp_path)
    row = GateVerdict(
        gate=GateName.STARS, outcome=GateOutcome.STOPPED, place="", measured="", expected=""
    )
    report = GateReport(
        generation_id=GenerationId("g"),
        run_date=TODAY,
        judged_at=NOON,
        active=None,
        judgement=NightJudgement((row,)),
    )
    for minute in range(KEPT_REFUSALS + 5):
        reports.refuse(replace(report, judged_at=NOON + timedelta(minutes=minute)))
    kept = reports.refusals()
    assert len(kept) == KEPT_REFUSALS
    assert kept[0].judged_at == NOON + timedelta(minutes=KEPT_REFUSALS + 4)
    assert reports.of_generation(GenerationId("g")) is None

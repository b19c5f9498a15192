"""The daily report of what the gates said."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nightly.quality import day_report
from nightly.quality.day_report import lines_of, newest_report, write_report
from nightly.quality.gate_reports import GateReports
from personalization.domain.identifiers import GenerationId
from personalization.domain.quality.gate import GateName
from personalization.priors.gates.report import GATE_REPORT, GateReport
from personalization.priors.gates.verdict import GateOutcome, GateVerdict, NightJudgement
from tests.builders.moments import NOON

ACTIVE = GenerationId("active")


def _report(generation_id: GenerationId, outcome: GateOutcome) -> GateReport:
    verdict = GateVerdict(
        gate=GateName.VOLUME,
        outcome=outcome,
        place="yesterday",
        measured="400",
        expected="1,000",
        wrong="events are lacking",
        remedy="look at the tracker",
    )
    return GateReport(
        generation_id=generation_id,
        run_date=NOON.date(),
        judged_at=NOON,
        active=None,
        judgement=NightJudgement((verdict,)),
    )


def test_the_newer_of_the_active_generation_and_a_refused_night_is_reported(tmp_path: Path) -> None:
    reports = GateReports(tmp_path)
    assert newest_report(reports, None) is None

    building = tmp_path / "generations" / ACTIVE
    building.mkdir(parents=True)
    kept = _report(ACTIVE, GateOutcome.PASSED)
    reports.keep(kept, building)
    assert newest_report(reports, ACTIVE) == kept

    refused = replace(
        _report(GenerationId("later"), GateOutcome.STOPPED), judged_at=NOON + timedelta(days=1)
    )
    reports.refuse(refused)
    assert newest_report(reports, ACTIVE) == refused


def test_lines_say_what_became_of_the_night_and_what_did_not_pass() -> None:
    [passed] = lines_of(_report(ACTIVE, GateOutcome.PASSED))
    assert passed.endswith("1 passed")
    assert "was let through" in passed

    refused, stopped = lines_of(_report(ACTIVE, GateOutcome.STOPPED))
    assert "was refused" in refused
    assert stopped.startswith("stopped: volume (yesterday): events are lacking")


def test_a_day_has_one_file_and_the_oldest_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_report, "KEPT_DAYS", 2)
    report = _report(ACTIVE, GateOutcome.PASSED)
    for day in (1, 2, 2, 3):
        file = write_report(report, tmp_path, date(2026, 3, day))

    assert GATE_REPORT.decode(file.read_bytes()) == report
    names = sorted(found.name for found in tmp_path.iterdir())
    assert names == ["day=2026-03-02.json", "day=2026-03-03.json"]

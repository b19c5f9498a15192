"""Puts together what is measured of a night, and judges it by the gates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nightly.generations.comparison import compare_sketches
from nightly.generations.generation_check import check_generation
from nightly.generations.sketch import GenerationSketch, GenerationSketcher
from nightly.generations.sketch_file import sketch_of, write_sketch
from nightly.quality.columns import output_columns
from nightly.quality.gate_reports import GateReports
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import Generation
from personalization.domain.quality.gate import FIXED_GATES, GateName
from personalization.priors import warehouse as names
from personalization.priors.gates.day_profile import read_profiles
from personalization.priors.gates.drift_readings import drift_readings
from personalization.priors.gates.gate_list import gates_of
from personalization.priors.gates.history_readings import NEAR_NIGHTS, history_readings
from personalization.priors.gates.judge import judge
from personalization.priors.gates.night_facts import FormerNight, NightFacts
from personalization.priors.gates.report import GateReport
from personalization.priors.gates.verdict import NightJudgement, Reading
from personalization.priors.promotion import oversized_share, shrunk_figures
from personalization.priors.warehouse import INTERACTIONS, NightlyPlan, NightlyRequest
from personalization.settings.nightly import NightlySettings

_ALIKE = (
    "period_days",
    "list_size",
    "minimum_support",
    "minimum_affinity_support",
    "smallest_group",
)
"""Parameters of generations that can be expected to resemble each other."""
_NOTHING = "0"
"""Of a parameter that an earlier release did not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightGates:
    """A night that is judged, and the active generation where it would take that one's place."""

    plan: NightlyPlan
    request: NightlyRequest
    building: Path
    settings: NightlySettings
    active: Generation | None
    now: datetime

    def judge_input(self, *readings: Reading) -> None:
        """Raise `GenerationRejectedError` where these or the history stop the night."""
        self._say(self._judge([*readings, *self._of_history()]))

    def check(self, known: Sequence[Generation], sketcher: GenerationSketcher) -> Generation:
        """Return the description of a sound generation; raise with all that is wrong with one."""
        columns = output_columns(self.building)
        if columns.value:
            self.judge_input(columns)
        try:
            return check_generation(self.plan, self.building, self.now, known, sketcher)
        except GenerationRejectedError as error:
            fault = Reading(gate=GateName.LISTS, place="tables", value=1, note=str(error))
            self.judge_input(columns, fault)
            raise

    def judge_generation(self, made: Generation, sketcher: GenerationSketcher) -> None:
        """Write sketch and verdicts beside the generation; raise where a gate stops it."""
        sketch = sketcher.sketch()
        write_sketch(sketch, self.building)
        readings = [
            output_columns(self.building),
            Reading(gate=GateName.LISTS, place="tables", value=0),
            *self._of_history(),
            *self._of_generation(made),
            *self._of_drift(made, sketch),
        ]
        self._say(self._judge(readings))

    def _judge(self, readings: list[Reading]) -> NightJudgement:
        accepted = {GateName(name) for name in self.request.accept} - FIXED_GATES
        if self.request.accept_smaller:
            accepted.add(GateName.SIZE)
        return judge(gates_of(self.settings.gates), readings, accepted)

    def _say(self, judgement: NightJudgement) -> None:
        reports = GateReports(Path(self.plan.warehouse))
        report = GateReport(
            generation_id=self.plan.generation_id,
            run_date=self.plan.run_date,
            judged_at=self.now,
            active=self.active.generation_id if self.active is not None else None,
            judgement=judgement,
        )
        if not judgement.stops:
            reports.keep(report, self.building)
            return
        reports.refuse(report)
        stays = f"{report.active} stays active" if report.active else "none is active"
        lines = "\n".join(judgement.sentences())
        raise GenerationRejectedError(
            f"The generation {report.generation_id} is not promoted, {stays}.\n{lines}\n"
            "`fitting-room generations refused` shows this table again."
        )

    def _former(self) -> FormerNight | None:
        """Return what the night is compared with; mistakes and empty shops are no measure."""
        active = self.active
        if (
            active is None
            or active.run_date > self.request.today
            or active.parameters.get(INTERACTIONS) == "0"
        ):
            return None
        folder = Path(self.plan.warehouse) / names.GENERATIONS_FOLDER / active.generation_id
        profiles = read_profiles(folder / names.PROFILES_FILE)
        return FormerNight(
            run_date=active.run_date,
            made_on=active.created_at.date(),
            days=profiles.profiles() if profiles is not None else None,
        )

    def _of_history(self) -> Iterator[Reading]:
        profiles = read_profiles(self.building / names.PROFILES_FILE)
        if profiles is None:
            return
        facts = NightFacts(
            days=profiles.profiles(),
            first_day=self.plan.first_day,
            run_date=self.plan.run_date,
            until=self.request.until,
            today=self.request.today,
            asked=self.request.run_date is not None,
            events_after_today=self.plan.events_after_today,
            former=self._former(),
        )
        yield from history_readings(facts)

    def _of_generation(self, made: Generation) -> Iterator[Reading]:
        share, active = self.settings.minimum_coverage, self.active
        if active is not None:
            smaller = shrunk_figures(made, active, share)
            place = f"against {active.generation_id}"
            note = "; ".join(smaller)
            yield Reading(gate=GateName.SIZE, place=place, value=len(smaller), note=note)
        fault = oversized_share(made, self.settings.maximum_shopper_share)
        yield Reading(
            gate=GateName.SHOPPER_SHARE, place="the period", value=bool(fault), note=fault or ""
        )

    def _of_drift(self, made: Generation, sketch: GenerationSketch) -> Iterator[Reading]:
        active = self.active
        if active is None or self._former() is None:
            return
        folder = Path(self.plan.warehouse) / names.GENERATIONS_FOLDER / active.generation_id
        if not folder.exists():
            return
        drift = compare_sketches(
            (active.generation_id, sketch_of(folder)), (made.generation_id, sketch)
        )
        near = abs((made.run_date - active.run_date).days) <= NEAR_NIGHTS
        alike = all(_parameter(made, name) == _parameter(active, name) for name in _ALIKE)
        yield from drift_readings(drift, may_stop=near and alike)


def _parameter(generation: Generation, name: str) -> str:
    return generation.parameters.get(name, _NOTHING)

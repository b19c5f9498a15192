"""The files of what gates said: in the folder of a generation, and apart of refused nights."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from personalization.domain.identifiers import GenerationId
from personalization.priors import warehouse as names
from personalization.priors.gates.report import GATE_REPORT, GateReport

KEPT_REFUSALS = 20
"""Some weeks of nights that went wrong; each is a few kilobytes."""


@dataclass(frozen=True, slots=True)
class GateReports:
    warehouse: Path

    def refuse(self, report: GateReport) -> None:
        """Keep what a night was refused for; the oldest ones make room."""
        folder = self._refused_folder
        folder.mkdir(parents=True, exist_ok=True)
        written = GATE_REPORT.encode(report)
        (folder / f"{report.judged_at:%Y%m%dT%H%M%S}-{report.generation_id}.json").write_bytes(
            written
        )
        (self.warehouse / names.REFUSAL_FILE).write_bytes(written)
        for old in sorted(folder.glob("*.json"))[:-KEPT_REFUSALS]:
            old.unlink()

    def refusals(self) -> list[GateReport]:
        """Return the refused nights that are kept, newest first."""
        return list(_read(sorted(self._refused_folder.glob("*.json"), reverse=True)))

    def last_refusal(self) -> GateReport | None:
        """Return why the last night was refused; None where it was not."""
        return next(_read([self.warehouse / names.REFUSAL_FILE]), None)

    def forget_last(self) -> None:
        """Begin a night, of which nothing is known yet."""
        (self.warehouse / names.REFUSAL_FILE).unlink(missing_ok=True)

    def keep(self, report: GateReport, building: Path) -> None:
        """Keep it in the folder of the generation, which is moved and discarded as a whole."""
        (building / names.GATES_FILE).write_bytes(GATE_REPORT.encode(report))

    def of_generation(self, generation_id: GenerationId) -> GateReport | None:
        """Return None of one that was made by an earlier release or elsewhere."""
        folder = self.warehouse / names.GENERATIONS_FOLDER / generation_id
        return next(_read([folder / names.GATES_FILE]), None)

    @property
    def _refused_folder(self) -> Path:
        return self.warehouse / names.REFUSED_FOLDER


def _read(files: list[Path]) -> Iterator[GateReport]:
    for file in files:
        if file.exists():
            yield GATE_REPORT.decode(file.read_bytes())

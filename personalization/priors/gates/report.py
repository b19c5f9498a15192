"""What the gates said of a night, kept beside its generation or among the refused ones."""

from dataclasses import dataclass
from datetime import date, datetime

from personalization.codec.json_codec import JsonCodec
from personalization.domain.identifiers import GenerationId
from personalization.priors.gates.verdict import NightJudgement


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    generation_id: GenerationId
    run_date: date
    judged_at: datetime
    active: GenerationId | None
    """What it was compared with, and what stays active where it was refused."""
    judgement: NightJudgement

    @property
    def is_refused(self) -> bool:
        return self.judgement.stops


GATE_REPORT: JsonCodec[GateReport] = JsonCodec(GateReport)

"""JSON codecs of what the steps of a night leave for each other."""

from personalization.codec.json_codec import JsonCodec
from personalization.priors.warehouse import (
    HistorySnapshot,
    JobReport,
    NightlyPlan,
    NightlyRequest,
)

REQUEST: JsonCodec[NightlyRequest] = JsonCodec(NightlyRequest)
SNAPSHOT: JsonCodec[HistorySnapshot] = JsonCodec(HistorySnapshot)
PLAN: JsonCodec[NightlyPlan] = JsonCodec(NightlyPlan)
JOB_REPORT: JsonCodec[JobReport] = JsonCodec(JobReport)

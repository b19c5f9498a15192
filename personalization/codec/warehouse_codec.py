"""JSON codecs of the nightly plan and of the reports that Spark jobs leave."""

from personalization.codec.json_codec import JsonCodec
from personalization.domain.warehouse import JobReport, NightlyPlan

PLAN: JsonCodec[NightlyPlan] = JsonCodec(NightlyPlan)
JOB_REPORT: JsonCodec[JobReport] = JsonCodec(JobReport)

"""JSON codecs of the nightly off-policy evaluation."""

from personalization.codec.json_codec import JsonCodec
from personalization.off_policy.night import OffPolicyReport, PolicySums

SUMS: JsonCodec[tuple[PolicySums, ...]] = JsonCodec(tuple[PolicySums, ...])
REPORT: JsonCodec[OffPolicyReport] = JsonCodec(OffPolicyReport)

"""Says which groups of products get far fewer impressions than they deserve.

A group is starved if even the upper end of the interval of its share of impressions is below half
of what it is due: the lower end of its share of order lines, or, where too little is sold to say
that, half of its share of the catalogue. Sessions are the units of both intervals, since what one
visitor sees hangs together (`RatioSums`); with m groups of a dimension each interval is one of
1 - 0.05 / m (Bonferroni), so that among many groups chance raises an alarm in at most one report of
twenty. Below `LEAST_SESSIONS` sessions nothing is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import sqrt
from operator import attrgetter
from statistics import NormalDist

from personalization.exports.report.figures import GroupExposure
from personalization.statistics.ratio_sums import CONFIDENCE, Interval, RatioSums

FAR_BELOW = 0.5
"""Of what a group is due."""
CATALOGUE_WEIGHT = 0.5
"""Of a share of the catalogue: many products sell too little to be shown as often as others."""
LEAST_SESSIONS = 30
"""With impressions, and with orders, below which shares are not judged."""


class ExposureStanding(StrEnum):
    STARVED = "starved"
    FAIR = "fair"
    UNKNOWN = "too little evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGroup:
    exposure: GroupExposure
    catalogue_share: float
    shown: Interval | None
    sold: Interval | None
    due: float
    """The share of impressions that the alarm compares with, before it is halved."""
    standing: ExposureStanding


def share_interval(sums: RatioSums, confidence: float) -> Interval | None:
    """Return Wilson's interval with the number of rounds that the error is worth.

    That number is v (1 - v) / error^2, which is far below the number of impressions where a
    session's go together. A share of 0 or 1 has no error: there each session is one round.
    """
    share, error = sums.value, sums.standard_error
    if share is None or error is None:
        return None
    rounds = share * (1 - share) / error**2 if error > 0 else float(sums.groups)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (share + z * z / (2 * rounds)) / (1 + z * z / rounds)
    reach = z / (1 + z * z / rounds)
    reach *= sqrt(share * (1 - share) / rounds + z * z / (4 * rounds * rounds))
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def judge_groups(exposures: Iterable[GroupExposure]) -> list[JudgedGroup]:
    """Return the groups, those of one dimension together."""
    by_dimension = sorted(exposures, key=attrgetter("dimension"))
    return [
        judged
        for _, groups in groupby(by_dimension, attrgetter("dimension"))
        for judged in _judge_dimension(list(groups))
    ]


def _judge_dimension(groups: Sequence[GroupExposure]) -> list[JudgedGroup]:
    confidence = 1 - (1 - CONFIDENCE) / len(groups)
    products = sum(group.products for group in groups)
    return [_judge(group, products, confidence) for group in groups]


def _judge(group: GroupExposure, products: int, confidence: float) -> JudgedGroup:
    shown = share_interval(group.shown, confidence)
    sold = share_interval(group.sold, confidence)
    catalogue_share = group.products / products if products else 0.0
    due = CATALOGUE_WEIGHT * catalogue_share
    if sold is not None and group.sold.groups >= LEAST_SESSIONS:
        due = sold.low
    return JudgedGroup(
        exposure=group,
        catalogue_share=catalogue_share,
        shown=shown,
        sold=sold,
        due=due,
        standing=_standing(group, shown, due),
    )


def _standing(group: GroupExposure, shown: Interval | None, due: float) -> ExposureStanding:
    # What is sold no more, or is no part of the catalogue, cannot be shown.
    if shown is None or group.shown.groups < LEAST_SESSIONS or not group.products:
        return ExposureStanding.UNKNOWN
    return ExposureStanding.STARVED if shown.high < FAR_BELOW * due else ExposureStanding.FAIR

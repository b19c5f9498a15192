"""Events that nights may learn from: who agreed to it at that time, and has not refused since.

The same rule as `personalization.tracking.consents.usable`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.codec.event_columns import CONSENT_SEPARATOR
from personalization.domain.consent import ConsentPurpose
from personalization.priors import warehouse as names
from spark_jobs.transforms.session_digests import session_digests

_UNTIL, _DIGEST = "refused_until_us", "session_digest"
_MARK = "@"


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """Sessions that agreed first and refused later: by digest, until which microsecond."""

    until_us: Mapping[str, int]
    refuses_any: bool
    """Whether any event of the history refuses to be learned from."""

    def marks(self) -> frozenset[str]:
        """Return a text for each, that changes when one refuses again."""
        return frozenset(f"{digest}{_MARK}{moment}" for digest, moment in self.until_us.items())


def agrees_to_learning() -> Column:
    consent = F.col(names.CONSENT)
    purposes = F.split(consent, CONSENT_SEPARATOR)
    return consent.isNull() | F.array_contains(purposes, ConsentPurpose.LEARN.value)


def find_withdrawals(history: DataFrame, key: str) -> Withdrawals:
    """Read which sessions refuse; most histories have none, and say so by one column."""
    refusing = history.where(~agrees_to_learning())
    if refusing.isEmpty():
        return Withdrawals({}, refuses_any=False)
    moment = F.unix_micros(names.OCCURRED_AT)
    last = refusing.groupBy(names.SESSION_ID).agg(F.max(moment).alias(_UNTIL))
    before = history.where(agrees_to_learning()).select(names.SESSION_ID, moment.alias("at_us"))
    withdrawn = before.join(last, names.SESSION_ID).where(F.col("at_us") <= F.col(_UNTIL))
    rows = withdrawn.select(session_digests(key).alias(_DIGEST), _UNTIL).distinct().collect()
    return Withdrawals({row[_DIGEST]: row[_UNTIL] for row in rows}, refuses_any=True)


def learnable(history: DataFrame, withdrawals: Withdrawals, key: str) -> DataFrame:
    """Leave out the events that nothing may be learned from."""
    if not withdrawals.refuses_any:
        return history
    agreed = history.where(agrees_to_learning())
    if not withdrawals.until_us:
        return agreed
    spark = SparkSession.active()
    until = spark.createDataFrame(
        list(withdrawals.until_us.items()), f"{_DIGEST} string, {_UNTIL} long"
    )
    marked = agreed.withColumn(_DIGEST, session_digests(key))
    joined = marked.join(F.broadcast(until), _DIGEST, "left")
    is_later = F.unix_micros(names.OCCURRED_AT) > F.col(_UNTIL)
    return joined.where(F.col(_UNTIL).isNull() | is_later).drop(_DIGEST, _UNTIL)


def days_of_marks(history: DataFrame, key: str, marks: frozenset[str]) -> set[date]:
    """Return the days with events of the sessions that are new among erased and withdrawn ones."""
    digests = sorted({mark.partition(_MARK)[0] for mark in marks})
    if not digests:
        return set()
    rows = history.where(session_digests(key).isin(*digests)).select(names.DAY).distinct()
    return {row[names.DAY] for row in rows.collect()}

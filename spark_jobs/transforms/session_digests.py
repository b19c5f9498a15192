"""Digests of sessions, as `personalization.neighbours.erasures` makes them."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.neighbours.erasures import DIGEST_DIGITS
from personalization.priors import warehouse as names

_SHA_BITS = 256


def session_digests(key: str) -> Column:
    keyed = F.concat(F.lit(key), F.col(names.SESSION_ID))
    return F.substring(F.sha2(keyed, _SHA_BITS), 1, DIGEST_DIGITS)


def without_sessions(events: DataFrame, key: str, digests: Sequence[str]) -> DataFrame:
    """Leave out the events of the sessions with these digests."""
    return events.where(~session_digests(key).isin(*digests)) if digests else events

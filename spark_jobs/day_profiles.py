"""Measures the days of a night's period that nobody has measured yet, and keeps all of them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from personalization.priors.gates.day_profile import PROFILES, ProfileFile, read_profiles
from spark_jobs.transforms.history_profile import measure, profiles_of


def write_profiles(
    history: DataFrame,
    products: DataFrame,
    days: Mapping[date, str],
    warehouse: Path,
    building: Path,
) -> list[date]:
    """Write the profiles of a period and return the days that were measured for it.

    `days` says of each day of the period what its events are; a day for which that is the same as
    in the warehouse is not read. The period's profiles go beside the plan, for the gates of this
    night and of the next; all that are known go into the warehouse.
    """
    kept = read_profiles(warehouse / names.PROFILES_FILE) or ProfileFile()
    unmeasured = kept.days_to_measure(days)
    chosen = history.where(F.col(names.DAY).isin(unmeasured))
    measured = profiles_of(measure(chosen, products)) if unmeasured else []
    period = kept.of_period(days, {profile.day: profile for profile in measured})
    (building / names.PROFILES_FILE).write_bytes(PROFILES.encode(period))
    (warehouse / names.PROFILES_FILE).write_bytes(PROFILES.encode(kept.with_newer(period)))
    return unmeasured

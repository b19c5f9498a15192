"""Past sessions for the session index: their products in order, and nothing of who they were."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.neighbours.session_index import PastSession
from personalization.priors import warehouse as names
from spark_jobs.columns import ITEM

VIEWS_OF_A_SESSION = 50
"""The newest ones."""
_ENDED_AT = "ended_at"
_VIEWS = "views"


def past_sessions(views: DataFrame, maximum: int) -> list[PastSession]:
    """Return the newest sessions of two views and more, oldest first.

    At most so many sessions of so many views each come to the driver.
    """
    view = F.struct(names.OCCURRED_AT, names.EVENT_ID, ITEM)
    first = F.greatest(F.size(_VIEWS) - (VIEWS_OF_A_SESSION - 1), F.lit(1))
    newest = F.slice(F.col(f"{_VIEWS}.{ITEM}"), first, VIEWS_OF_A_SESSION)
    rows = (
        views.groupBy(names.SESSION_ID)
        .agg(
            F.unix_seconds(F.max(names.OCCURRED_AT)).alias(_ENDED_AT),
            F.sort_array(F.collect_list(view)).alias(_VIEWS),
        )
        .where(F.size(_VIEWS) > 1)
        .select(_ENDED_AT, newest.alias(_VIEWS))
    )
    # By their products among those of one second, so that every run has the same order.
    newest_first = rows.orderBy(F.desc(_ENDED_AT), F.desc(_VIEWS)).limit(maximum).collect()
    return [PastSession(row[0], tuple(row[1])) for row in reversed(newest_first)]

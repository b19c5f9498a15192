"""Imports the shop's feeds: what is new and changed, and what they no longer have.

Every hour each feed of `FITTING_ROOM_FEEDS_SOURCES` is fetched, from the hosts of
`FITTING_ROOM_FEEDS_ALLOWED_HOSTS` only, within limits of size, time and kind. One that has not
changed is left alone. A feed that lacks more than half of what it had, that can be read in two
ways, or that is damaged, is refused whole: the catalogue stays as it was, and the task fails with
the sentence that says what to do. docs/catalogue.md describes the files.
"""

from datetime import timedelta

from airflow.sdk import DAG, task

from dags.assets import CATALOGUE
from dags.defaults import DEFAULT_ARGS, START_DATE, Tag, late_after
from dags.service import call_service


@task
def list_feeds() -> list[str]:
    """Return the names of the feeds in the settings."""
    names: list[str] = call_service("list_feeds")
    return names


@task(outlets=[CATALOGUE], doc_md="Fetch and import one feed; return what the import says.")
def import_feed(name: str) -> str:
    """Fetch and import one feed; return what the import says."""
    return str(call_service("import_feed", name=name))


with DAG(
    dag_id="catalogue_feed",
    doc_md=__doc__,
    schedule="@hourly",
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    deadline=late_after(timedelta(minutes=50)),
    default_args=DEFAULT_ARGS,
    tags=[Tag.CATALOGUE.value],
) as dag:
    import_feed.expand(name=list_feeds())

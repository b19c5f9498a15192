"""One page of metrics for an API and the roles beside it."""

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.merged_metrics import merged_metrics
from personalization.telemetry.metrics import CONSUMER_LAG, ROLE_FAILURES

OTHERS = """\
# HELP fitting_room_role_failures_total Roles that ended with an error.
# TYPE fitting_room_role_failures_total counter
fitting_room_role_failures_total{role="learner"} 2.0
fitting_room_role_failures_total{role="elsewhere"} 4.0
# HELP only_there A gauge that this process does not have.
# TYPE only_there gauge
only_there 7.0
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.0
"""


def samples_of(page: bytes) -> dict[str, float]:
    families = text_string_to_metric_families(page.decode())
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_of_both_processes_are_added_up_by_their_labels() -> None:
    ROLE_FAILURES.labels("learner").inc()
    own = samples_of(generate_latest())

    page = samples_of(merged_metrics([OTHERS]))

    name = "fitting_room_role_failures_total"
    assert page[f"{name}learner"] == own[f"{name}learner"] + 2
    assert page[f"{name}elsewhere"] == 4
    assert page["only_there"] == 7
    assert page["process_start_time_seconds"] == own["process_start_time_seconds"] > 1
    assert page.keys() - own.keys() == {f"{name}elsewhere", "only_there"}


def test_without_roles_beside_it_the_page_is_our_own() -> None:
    CONSUMER_LAG.labels("nobody").set(3)

    assert samples_of(merged_metrics([""])).keys() == samples_of(generate_latest()).keys()

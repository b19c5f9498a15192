"""How many requests a decision takes: each costs the scorer as much as encoding what it carries."""

from cassandra.cluster import ResponseFuture

from personalization.adapters.cassandra.decision_history import CassandraDecisionHistory
from tests.builders.decision_record import a_decision_record
from tests.own_keyspace import own_keyspace


def test_what_a_session_keeps_of_a_decision_travels_in_one_request(
    cassandra_contact_points: str,
) -> None:
    with own_keyspace(cassandra_contact_points, "requests") as connection:
        history = CassandraDecisionHistory(connection)
        history.append([a_decision_record("decision-0")])
        sent: list[ResponseFuture] = []
        connection.session().add_request_init_listener(sent.append)

        history.append([a_decision_record("decision-1"), a_decision_record("decision-2")])

        # Each decision by its own id, and all rows of their one session.
        assert len(sent) == 3

"""All that is kept, in one Cassandra; whoever imports this loads the driver."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from personalization.adapters.cassandra.audit_log import CassandraAuditLog
from personalization.adapters.cassandra.catalogue import CassandraCatalogue
from personalization.adapters.cassandra.claim_store import CassandraClaimStore
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.decision_history import CassandraDecisionHistory
from personalization.adapters.cassandra.event_history import CassandraEventHistory
from personalization.adapters.cassandra.learned_rounds import CassandraLearnedRounds
from personalization.adapters.cassandra.model_store import CassandraModelStore
from personalization.adapters.cassandra.people.people_store import CassandraPeopleStore
from personalization.adapters.cassandra.people.session_keys import CassandraSessionKeys
from personalization.adapters.cassandra.plan_store import CassandraPlanStore
from personalization.adapters.cassandra.prior_store import CassandraPriorStore
from personalization.adapters.cassandra.waiting_events import CassandraWaitingEvents
from personalization.experiments.pinned_versions import pinned_versions
from personalization.ports.stores import KeptStores
from personalization.settings.cassandra import CassandraSettings
from personalization.vault.open_pseudonyms import MakesPrivate


@contextmanager
def open_cassandra(
    settings: CassandraSettings,
    kept_snapshots: int,
    make_private: MakesPrivate,
    key_hours: float,
) -> Iterator[KeptStores]:
    with closing(CassandraConnection(settings)) as connection:
        plans = CassandraPlanStore(connection)
        pinned = pinned_versions(plans)
        people = CassandraPeopleStore(connection)
        history, pseudonyms = make_private(CassandraEventHistory(connection), people)
        yield KeptStores(
            history=history,
            decisions=CassandraDecisionHistory(connection),
            claims=CassandraClaimStore(connection),
            catalogue=CassandraCatalogue(connection),
            priors=CassandraPriorStore(connection),
            models=CassandraModelStore(connection, kept_snapshots, pinned),
            rounds=CassandraLearnedRounds(connection),
            plans=plans,
            audit=CassandraAuditLog(connection),
            waiting=CassandraWaitingEvents(connection),
            people=people,
            session_keys=CassandraSessionKeys(connection, key_hours),
            pseudonyms=pseudonyms,
        )

from dataclasses import dataclass

from personalization.ports.audit_log import AuditLog
from personalization.ports.catalogue import Catalogue
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventLog
from personalization.ports.key_usage import KeyUsage
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.model_store import ModelStore
from personalization.ports.notifier import Notifier
from personalization.ports.people.people_store import PeopleStore
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.ports.people.session_keys import SessionKeyStore
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore
from personalization.ports.scored_sessions import ScoredSessions
from personalization.ports.session_store import SessionStore
from personalization.ports.waiting_events import WaitingEventStore


@dataclass(frozen=True, slots=True)
class KeptStores:
    history: EventHistory
    decisions: DecisionHistory
    claims: ClaimStore
    catalogue: Catalogue
    priors: PriorStore
    models: ModelStore
    rounds: LearnedRounds
    plans: PlanStore
    audit: AuditLog
    waiting: WaitingEventStore
    people: PeopleStore
    session_keys: SessionKeyStore
    pseudonyms: Pseudonyms


@dataclass(frozen=True, slots=True)
class LiveStores:
    log: EventLog
    profiles: ProfileStore
    sessions: SessionStore
    scored: ScoredSessions
    notifier: Notifier
    key_usage: KeyUsage
    url: str
    """Where the server of profiles and sessions is."""
    server: str
    """What keeps profiles and sessions, in words."""

"""What the routes stand on: the ports, each played by some adapter, and the settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from api.profiles.redaction import VisibleListsOf
from api.sessions.session_tokens import SessionTokens
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock
from personalization.domain.session import Session
from personalization.merchandising.current_rules import CurrentRules
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_log import EventPublisher
from personalization.ports.notifier import Notifier
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore
from personalization.ports.session_store import SessionStore
from personalization.settings.serving import ServingSettings


class MakesProfiles(Protocol):
    """Makes the profile of a session that has none yet, from priors."""

    def make(self, session: Session, now: datetime) -> DecisionRecord:
        """Return the decision and its profile.

        Raises `NoActiveGenerationError` before the first night.
        """
        ...


class ReadsAhead(MakesProfiles, Protocol):
    """A maker that can read ahead what a first visitor will need."""

    def warm(self) -> None:
        """Read it, as far as the stores answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the API needs from the outside, built once by the wiring."""

    publisher: EventPublisher
    profiles: ProfileStore
    sessions: SessionStore
    notifier: Notifier
    decisions: DecisionHistory
    catalogue: Catalogue
    catalogue_cache: CatalogueCache
    priors: PriorStore
    profile_maker: ReadsAhead
    rules: CurrentRules
    visible_lists: VisibleListsOf
    clock: Clock
    settings: ServingSettings
    tokens: SessionTokens

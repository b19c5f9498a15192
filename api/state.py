import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from api.admin.services import AdminServices
from api.catalogue.catalogue_writes import CatalogueWrites
from api.health_checks import Readiness, ReadinessStores, RolesState
from api.http.blocking_calls import BlockingCalls
from api.http.built_site import BuiltSite
from api.http.picture_folder import PictureFolder
from api.keys.key_check import KeyCheck, OpenNeeds
from api.keys.key_limits import KeyLimits
from api.keys.key_watch import KeyWatch
from api.keys.page_origins import PageOrigins
from api.keys.settlement import KeySettlement
from api.merged_metrics import OtherMetrics
from api.profiles.decision_tokens import DecisionTokens
from api.profiles.first_profiles import ReadsAhead
from api.profiles.profile_cache import ProfileCache
from api.profiles.profile_reader import ProfileReader, ReaderStores
from api.profiles.redaction import ProfileRedaction, VisibleListsOf
from api.profiles.rules_watch import RulesWatch
from api.profiles.slate_book import SlateBook
from api.profiles.stream_hub import StreamHub
from api.profiles.stream_limits import StreamLimits
from api.recommendations.byte_quota import ByteQuota
from api.recommendations.grouped_decisions import GroupedDecisions
from api.recommendations.record_tokens import RecordTokens
from api.recommendations.row_service import MakesRows, RowService
from api.recommendations.sent_records import SentRecords
from api.sessions.revoked_sessions import RevocationWatch, RevokedSessions
from api.sessions.session_auth import SessionAuth
from api.sessions.session_claims import SessionClaims
from api.sessions.session_consents import SessionConsents, consents_plan
from api.sessions.session_tokens import SessionTokens
from api.sessions.user_tokens import UserTokens
from api.tracking.admission import EventAdmission, ScorerWindow
from api.tracking.bundle_check import BundleCheck
from api.tracking.consent_choices import ConsentChoices
from api.tracking.decision_check import DecisionCheck, MakesAgain
from api.tracking.early_refusal import EarlyRefusals
from api.tracking.known_users import KnownUsers
from api.tracking.logins import Logins
from api.tracking.session_users import SessionUsers
from api.tracking.track_service import TrackService
from personalization.audit.recording import Auditor
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.domain.clock import Clock
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.erasure.erasure_service import ErasureService
from personalization.exports.person_export import PersonExport
from personalization.keys.current_keys import CurrentKeys
from personalization.merchandising.current_rules import CurrentRules
from personalization.neighbours.erasures import ErasedSessions, current_erasures
from personalization.policies.placement import Placement
from personalization.ports.catalogue import Catalogue
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventPublisher
from personalization.ports.key_usage import KeyUsage
from personalization.ports.notifier import Notifier
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore
from personalization.ports.session_store import SessionStore
from personalization.recommendations.person_history import PersonHistory
from personalization.settings.consent import ConsentSettings
from personalization.settings.serving import ServingSettings
from personalization.telemetry.metrics import EVENTS_WAITING
from personalization.tracking.waiting_room import WaitingRoom

MOST_SEARCHES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    publisher: EventPublisher
    profiles: ProfileStore
    sessions: SessionStore
    notifier: Notifier
    history: EventHistory
    decisions: DecisionHistory
    claims: ClaimStore
    catalogue: Catalogue
    catalogue_cache: CatalogueCache
    pictures: PictureFolder
    site: BuiltSite
    auditor: Auditor
    priors: PriorStore
    profile_maker: ReadsAhead
    rows: MakesRows
    columns: FilterColumns
    rules: CurrentRules
    keys: CurrentKeys
    key_usage: KeyUsage
    visible_lists: VisibleListsOf
    small_counts: SmallCounts
    """How numbers of people are published to pages."""
    clock: Clock
    settings: ServingSettings
    tokens: SessionTokens
    user_tokens: UserTokens
    persons: PersonHistory
    pseudonyms: Pseudonyms
    decision_tokens: DecisionTokens
    record_tokens: RecordTokens
    first_decisions: MakesAgain
    room: WaitingRoom
    """For events of products that are not known yet."""
    admin: AdminServices
    plans: PlanStore
    erasures: ErasureService
    exporter: PersonExport
    consent: ConsentSettings
    placements: Callable[[], tuple[Placement, ...]]
    """Returns those of now."""
    roles: RolesState = dict
    """How that is which runs beside this process: the roles, and more processes of the API."""
    other_metrics: OtherMetrics = tuple
    """Metrics of what runs beside this process."""


@dataclass(frozen=True, slots=True)
class ApiState:
    services: ApiServices
    key_check: KeyCheck
    page_origins: PageOrigins
    key_limits: KeyLimits
    settlement: KeySettlement
    auth: SessionAuth
    blocking: BlockingCalls
    exports: asyncio.Semaphore
    searches: asyncio.Semaphore
    """Of those that run: one takes the store up to a dozen queries."""
    """One archive of a person at a time: it reads all dead letters."""
    known_users: KnownUsers
    logins: Logins
    tracking: TrackService
    consents: SessionConsents
    choices: ConsentChoices
    decisions: DecisionCheck
    rows: RowService
    reader: ProfileReader
    hub: StreamHub
    admission: EventAdmission
    refusals: EarlyRefusals
    stream_limits: StreamLimits
    watch: RulesWatch
    revocations: RevocationWatch
    key_watch: KeyWatch
    readiness: Readiness
    catalogue_writes: CatalogueWrites


def build_state(services: ApiServices) -> ApiState:
    settings, clock = services.settings, services.clock
    blocking = BlockingCalls(settings.blocking_calls)
    cache = ProfileCache(settings.cached_profiles_mib * 2**20, settings.cache_fresh_seconds, clock)
    book = SlateBook()
    erased = ErasedSessions(current_erasures(services.plans))
    revoked = RevokedSessions(services.claims, clock, erased)
    claims = SessionClaims(services.sessions, services.claims, services.history, services.decisions)
    consents = _consents(services, blocking)
    reader = _reader(services, cache, book, consents, blocking)
    quota = ByteQuota(settings.recommendations)
    decisions = _decisions(services, quota, book, blocking)
    users = SessionUsers(services.sessions, services.history, services.pseudonyms, blocking)
    window = ScorerWindow(settings.admission, time.monotonic)
    EVENTS_WAITING.set_function(lambda: window.events)
    admission = EventAdmission(settings.admission, window)
    hub = StreamHub(reader, cache, services.notifier, window, settings)
    key_limits = KeyLimits(settings.key_limits)
    return ApiState(
        services=services,
        key_check=KeyCheck(services.keys, clock.now, OpenNeeds.of(settings)),
        key_limits=key_limits,
        settlement=KeySettlement(key_limits, services.key_usage, blocking),
        page_origins=PageOrigins(services.keys, clock.now),
        auth=SessionAuth(services.tokens, claims, clock, blocking, revoked),
        blocking=blocking,
        exports=asyncio.Semaphore(1),
        searches=asyncio.Semaphore(MOST_SEARCHES),
        known_users=KnownUsers(services.pseudonyms, blocking),
        logins=Logins(services.publisher, users, services.persons, clock, blocking, consents),
        tracking=_tracking(services, decisions, users, consents, erased, blocking),
        consents=consents,
        choices=ConsentChoices(
            services.publisher, consents, services.room, services.clock, blocking
        ),
        decisions=decisions,
        rows=_rows(services, quota, book, consents, blocking),
        reader=reader,
        hub=hub,
        admission=admission,
        refusals=EarlyRefusals(admission, settings.maximum_batch),
        stream_limits=StreamLimits(settings.limits),
        watch=RulesWatch(services.rules, clock, hub, services.catalogue_cache),
        revocations=RevocationWatch(revoked, hub.end_session),
        key_watch=KeyWatch(services.keys, clock.now, hub.end_without),
        readiness=_readiness(services, hub, blocking),
        catalogue_writes=CatalogueWrites(
            services.catalogue, services.auditor, clock, settings.limits.large_bodies
        ),
    )


def _consents(services: ApiServices, blocking: BlockingCalls) -> SessionConsents:
    settings = services.consent
    return SessionConsents(
        services.sessions,
        services.history,
        services.plans,
        consents_plan(services.plans, settings.look_seconds),
        blocking,
        settings,
        time.monotonic,
    )


def _reader(
    services: ApiServices,
    cache: ProfileCache,
    book: SlateBook,
    consents: SessionConsents,
    blocking: BlockingCalls,
) -> ProfileReader:
    made_by = services.profile_maker
    stores = ReaderStores(services.profiles, services.decisions, made_by, services.decision_tokens)
    redaction = ProfileRedaction(
        services.visible_lists,
        services.rules,
        services.clock,
        services.catalogue_cache,
        services.small_counts,
    )
    return ProfileReader(
        stores, cache, redaction, services.clock, blocking, book, consents.is_known_to_refuse
    )


def _decisions(
    services: ApiServices, quota: ByteQuota, book: SlateBook, blocking: BlockingCalls
) -> DecisionCheck:
    return DecisionCheck(
        book,
        services.decision_tokens,
        services.first_decisions,
        services.decisions,
        services.profiles,
        SentRecords(services.record_tokens, quota, book, services.clock),
        services.clock,
        blocking,
    )


def _rows(
    services: ApiServices,
    quota: ByteQuota,
    book: SlateBook,
    consents: SessionConsents,
    blocking: BlockingCalls,
) -> RowService:
    return RowService(
        services.rows,
        services.profile_maker.look,
        services.sessions,
        services.persons,
        consents.refuses,
        GroupedDecisions(services.decisions),
        services.record_tokens,
        quota,
        book,
        services.catalogue_cache,
        services.clock,
        blocking,
    )


def _tracking(
    services: ApiServices,
    decisions: DecisionCheck,
    users: SessionUsers,
    consents: SessionConsents,
    erased: ErasedSessions,
    blocking: BlockingCalls,
) -> TrackService:
    return TrackService(
        services.publisher,
        services.catalogue_cache,
        services.settings,
        services.clock,
        blocking,
        users,
        decisions,
        services.room,
        BundleCheck(services.decisions, services.catalogue_cache, blocking),
        consents,
        erased,
    )


def _readiness(services: ApiServices, hub: StreamHub, blocking: BlockingCalls) -> Readiness:
    stores = ReadinessStores(
        publisher=services.publisher,
        catalogue=services.catalogue,
        decisions=services.decisions,
        history=services.history,
        claims=services.claims,
        profiles=services.profiles,
        priors=services.priors,
    )
    columns = services.columns
    return Readiness(
        stores,
        hub,
        lambda: columns.is_complete,
        services.roles,
        blocking,
        services.clock,
    )


def state_of(scope: Scope) -> ApiState:
    state = scope["app"].state.api
    if not isinstance(state, ApiState):
        raise TypeError("the application was not made by create_app")
    return state

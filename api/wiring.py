from datetime import timedelta
from functools import partial
from typing import Final

from api.admin.services import AdminServices
from api.http.built_site import served_site
from api.http.picture_folder import PictureFolder
from api.keys.key_check import is_only_for_this_machine
from api.profiles.decision_tokens import DecisionTokens
from api.profiles.first_profiles import FirstProfiles
from api.recommendations.record_tokens import RecordTokens
from api.sessions.session_tokens import SessionTokens
from api.sessions.user_tokens import UserTokens
from api.state import ApiServices
from personalization.audit.recording import Auditor
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.decisions.durable_decisions import KeptDecisions
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.prior import OF_VIEWED_PRODUCTS
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.erasure_service import ErasureService
from personalization.erasure.receipt import ReceiptSigner
from personalization.experiments.admission import Admission
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.past_experiments import PastExperiments
from personalization.experiments.pinned_versions import pinned_versions
from personalization.experiments.service import ExperimentService
from personalization.explanations.explanation_service import ExplanationService
from personalization.exports.person_export import PersonExport
from personalization.keys.current_keys import CurrentKeys
from personalization.keys.editor import KeyEditor
from personalization.learning.snapshot_service import SnapshotService
from personalization.learning_wiring import check_snapshot
from personalization.merchandising.editor import RuleEditor
from personalization.neighbours.erasures import current_erasures
from personalization.policies.current_placements import PlacementEditor
from personalization.ports.stores import KeptStores, LiveStores
from personalization.priors.generation_service import GenerationService
from personalization.recommendations.person_history import PersonHistory
from personalization.recommendations.row_maker import RowMaker
from personalization.settings.nightly import NightlySettings
from personalization.settings.serving import ServingSettings
from personalization.signing.ring_file import RingFile
from personalization.signing.rotation import drop_spent_keys
from personalization.signing.signing_ring import GivenKeys, SigningKeys, SigningRing
from personalization.tracking.consents import read_statements
from personalization.tracking.dead_letter_service import DeadLetterService
from personalization.tracking.redrive import Redrive
from personalization.tracking.waiting_room import WaitingRoom
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.open_keys import open_privacy_keys
from personalization.wiring import (
    CoreSettings,
    Ranking,
    open_first_decisions,
)

VISITS_ONLINE: Final = 200
DECISIONS_ONLINE: Final = 50
"""Of each of them: what a page may ask for at once."""


def build_services(
    settings: CoreSettings,
    serving: ServingSettings,
    kept: KeptStores,
    live: LiveStores,
    clock: Clock | None = None,
) -> ApiServices:
    """Return the services; publishing to a log object that is read here too wakes its consumers."""
    ranking, first_decisions = open_first_decisions(kept, settings, clock)
    clock = clock or SystemClock()
    keys = _signing_keys(settings, serving, clock)
    columns = FilterColumns(kept.catalogue, clock)
    profile_life = timedelta(hours=settings.ranking.profile_hours)
    return ApiServices(
        publisher=live.log,
        profiles=live.profiles,
        sessions=live.sessions,
        notifier=live.notifier,
        history=kept.history,
        claims=kept.claims,
        decisions=KeptDecisions(kept.decisions, live.log),
        catalogue=kept.catalogue,
        catalogue_cache=ranking.catalogue,
        pictures=PictureFolder(settings.storage.pictures),
        site=served_site(),
        auditor=Auditor(kept.audit, clock),
        priors=kept.priors,
        profile_maker=FirstProfiles(
            first_decisions,
            ranking.policy,
            settings.learning.snapshot_seconds,
            # A first visit has viewed nothing.
            partial(ranking.priors.read_ahead, without=OF_VIEWED_PRODUCTS),
        ),
        first_decisions=first_decisions,
        rows=RowMaker(ranking.experiments, columns, profile_life),
        columns=columns,
        placements=ranking.decider.placements,
        admin=_admin(settings, serving, kept, live, ranking, clock),
        rules=ranking.rules,
        key_usage=live.key_usage,
        keys=CurrentKeys(kept.plans, with_development=is_only_for_this_machine(serving)),
        visible_lists=ranking.decider.visible_lists,
        small_counts=settings.privacy.counts,
        clock=clock,
        settings=serving,
        tokens=SessionTokens(keys),
        user_tokens=UserTokens(keys, _cipher(settings, clock)),
        persons=_persons(kept, ranking),
        pseudonyms=kept.pseudonyms,
        decision_tokens=DecisionTokens(keys),
        record_tokens=RecordTokens(keys),
        room=WaitingRoom(kept.waiting, serving.waiting),
        plans=kept.plans,
        erasures=_erasures(settings, kept, clock),
        exporter=PersonExport(kept, live, clock, VISITS_ONLINE, DECISIONS_ONLINE),
        consent=settings.consent,
    )


def _admin(
    settings: CoreSettings,
    serving: ServingSettings,
    kept: KeptStores,
    live: LiveStores,
    ranking: Ranking,
    clock: Clock,
) -> AdminServices:
    auditor = Auditor(kept.audit, clock)
    learned = ranking.policy.models.available
    statements = partial(read_statements, kept.history)
    redrive = Redrive(live.log, ranking.catalogue, serving, clock, statements)
    decisions = KeptDecisions(kept.decisions, live.log)
    pinned = pinned_versions(kept.plans)
    return AdminServices(
        rules=RuleEditor(kept),
        placements=PlacementEditor.of(kept.plans, settings.ranking, settings.learning, auditor),
        experiments=ExperimentService(
            ExperimentEditor(kept.plans, auditor),
            PastExperiments(kept.history, kept.decisions, kept.catalogue),
            Admission(kept.models, learned, ranking.decider.placements, settings.tuning),
            clock,
        ),
        snapshots=SnapshotService(kept.models, check_snapshot, auditor, pinned),
        generations=GenerationService(kept.priors, NightlySettings(), auditor),
        dead_letters=DeadLetterService(live.log, redrive, auditor),
        explanations=ExplanationService(decisions, kept.history, kept.catalogue),
        keys=KeyEditor(kept.plans, kept.audit, clock),
        audit=kept.audit,
    )


def _erasures(settings: CoreSettings, kept: KeptStores, clock: Clock) -> ErasureService:
    keys = open_privacy_keys(settings.privacy, settings.storage.home, clock)
    auditor = Auditor(kept.audit, clock)
    return ErasureService(RequestBook(kept.plans), ReceiptSigner(keys, clock), auditor, clock)


def _persons(kept: KeptStores, ranking: Ranking) -> PersonHistory:
    erasures = current_erasures(kept.plans)
    return PersonHistory(
        kept.history,
        ranking.catalogue,
        lambda: erasures.read().document,
        kept.pseudonyms.aliases_of,
    )


def _cipher(settings: CoreSettings, clock: Clock) -> FieldCipher:
    return FieldCipher(open_privacy_keys(settings.privacy, settings.storage.home, clock), clock)


def _signing_keys(settings: CoreSettings, serving: ServingSettings, clock: Clock) -> SigningKeys:
    if serving.signing_secrets:
        return GivenKeys(SigningRing.of_secrets(serving.signing_secrets))
    file = RingFile(settings.storage.home, clock.now())
    drop_spent_keys(file, clock)
    return file

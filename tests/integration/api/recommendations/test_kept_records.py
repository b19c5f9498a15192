"""What becomes of the records of rows: experiments count them, erasures and retention end them."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from api.state import ApiServices
from personalization.audit.recording import Auditor
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.experiments.editor import ExperimentEditor
from personalization.experiments.past_experiments import PastExperiments
from personalization.ports.stores import KeptStores, LiveStores
from personalization.priors.session_eraser import SessionEraser
from personalization.retention.retention import apply_retention
from personalization.retention_wiring import open_retention
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.builders.experiment import an_experiment
from tests.integration.api.recommendations.asked_rows import (
    answered_rows,
    ask_rows,
    seen_products,
    verdicts_of,
)
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import Roles, SharedDevice, roles_by_hand
from tests.waiting import eventually

VISITS = 30
OWN = {"strategy": "recently_viewed"}


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the real-time service goes by as well."""
    return SystemClock()


@pytest.fixture
def roles(
    services: ApiServices, settings: CoreSettings, kept_stores: KeptStores, live: LiveStores
) -> Iterator[Roles]:
    """Return the roles, over a shop that has its priors."""
    del services
    with roles_by_hand(RoleResources(settings, kept_stores, live)) as made:
        yield made


def test_an_experiment_on_a_placement_draws_its_rows_by_the_arm_and_counts_who_saw_them(
    services: ApiServices, kept_stores: KeptStores, clock: SystemClock, roles: Roles
) -> None:
    began = clock.now() - timedelta(seconds=1)
    running = an_experiment(started_at=began, window_seconds=1)
    ExperimentEditor(kept_stores.plans, Auditor(kept_stores.audit)).start(running, "ann")
    arms: dict[str, str] = {}
    with serve(services) as address:
        for _ in range(VISITS):
            session = str(uuid4())
            with httpx.Client(base_url=address) as browser:
                (row,) = answered_rows(ask_rows(browser, {"placement": "home"}, session=session))
                moment = clock.now().isoformat()
                seen = seen_products(row, session_id=session, occurred_at=moment)
                sent = {"events": [seen], "decision_token": row["decision_token"]}
                assert verdicts_of(browser.post("/v1/track", json=sent)) == [("accepted", "ok")]
            (record,) = services.decisions.read_many([DecisionId(row["decision_id"])]).values()
            ((exposure,), (draw,)) = record.decision.exposures, record.decision.draws
            arms[session] = exposure.arm
            assert exposure.arm == running.serving_arm(session).name
            assert draw.epsilon == (1.0 if exposure.arm == "uniform" else 0.2)
            assert record.decision.asked is not None
    roles.work_off()
    past = PastExperiments(kept_stores.history, kept_stores.decisions, kept_stores.catalogue)
    found = past.measure(running, clock.now() + timedelta(minutes=5))

    units = {arm: sums.units for arm, sums in found.sums.items()}
    assert units == {arm: list(arms.values()).count(arm) for arm in ("control", "uniform")}
    assert min(units.values()) > 0
    assert (found.misplaced, found.made_up) == (0, 0)


def test_after_an_erasure_the_next_login_brings_nothing_of_the_visit_into_rows(
    client: httpx.Client,
    stranger: httpx.Client,
    services: ApiServices,
    kept_stores: KeptStores,
    roles: Roles,
) -> None:
    phone, laptop = SharedDevice(client, services), SharedDevice(stranger, services)
    phone.log_in("ann")
    phone.send("shirt-2")
    roles.work_off()
    eraser = SessionEraser(
        kept_stores.history,
        kept_stores.priors,
        kept_stores.plans,
        services.clock,
        kept_stores.waiting,
        Auditor(kept_stores.audit),
    )
    eraser.erase([SessionId(phone.session_id)], "ann")
    services.persons.seconds = lambda: float("inf")
    eventually(lambda: bool(services.persons.erasures().sessions()))

    assert laptop.log_in("ann").json()["brought_along"] == 0
    roles.work_off()
    asked = ask_rows(stranger, OWN, session=laptop.session_id, **laptop.headers)
    (row,) = answered_rows(asked)
    assert (row["items"], row["short"]) == ([], "Nothing was viewed yet.")
    # What still happens in the erased visit is nobody's, too.
    phone.send("shirt-1")
    roles.work_off()
    (again,) = answered_rows(ask_rows(stranger, OWN, session=laptop.session_id, **laptop.headers))
    assert again["items"] == []


def test_retention_drops_rows_as_all_decisions(
    client: httpx.Client, services: ApiServices, settings: CoreSettings
) -> None:
    phone = SharedDevice(client, services)
    phone.send("shirt-1")
    asked = ask_rows(client, {"strategy": "popular"}, session=phone.session_id, **phone.headers)
    (row,) = answered_rows(asked)
    explanation = f"/v1/explanations/{row['decision_id']}"
    assert client.get(explanation, headers=phone.headers).status_code == 200

    kept_for = timedelta(days=settings.retention.decisions_days)
    for passed, removed in ((kept_for / 2, 0), (kept_for + timedelta(days=2), 1)):
        with open_retention(settings) as stores:
            pruned = apply_retention(
                [store for store in stores if store.name == "decisions"],
                services.clock.now() + passed,
            )
            assert [pruning.removed for pruning in pruned] == [removed]
        status = client.get(explanation, headers=phone.headers).status_code
        assert status == (404 if removed else 200)

"""Takes the steps of a night with tables written by hand, for Spark."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from nightly.night import NightOptions, begin_night, plan_file_of, plan_night
from nightly.nightly_steps import check, promote_id, publish_folder
from nightly.wiring import NightlyStores, open_stores
from personalization.domain.identifiers import UserId
from personalization.domain.prior import PriorTable
from personalization.priors.warehouse import NightlyPlan
from personalization.settings.storage import StorageSettings
from tests.builders.moments import NOON
from tests.nightly.generation_folder import GenerationFolder, a_row

TODAY = NOON.date()


def stores_of(home: Path) -> AbstractContextManager[NightlyStores]:
    return open_stores(StorageSettings(home=home))


def make_night(
    home: Path,
    formulas: Path,
    options: NightOptions,
    products: str = "ab",
    people: Sequence[UserId] = (),
) -> NightlyPlan:
    """Take the steps of a night up to its check; each of the people likes shirts."""
    with stores_of(home) as stores:
        request = begin_night(stores, TODAY, options, datetime.now(UTC))
        plan = plan_night(request, stores.nightly, formulas)
    made = GenerationFolder(plan, plan_file_of(plan).parent)
    for name in ("reports", "tables"):
        (made.folder / name).mkdir()
    tables = {"product_priors", *(["user_tastes"] if people else [])}
    made.explain({table.value for table in PriorTable} - tables)
    made.put(
        PriorTable.PRODUCT_PRIORS, *(a_row(key=key, member_id="popularity") for key in products)
    )
    if people:
        likes = [a_row(key=user, member_id="category:shirts") for user in people]
        made.put(PriorTable.USER_TASTES, *likes)
    return plan


def finish(plan: NightlyPlan) -> bool:
    """Check, publish and promote; say whether it was promoted."""
    publish_folder(Path(check(plan_file_of(plan))))
    return promote_id(plan.generation_id).promoted

"""The nightly warehouse: the plan of one night, and the names of its folders and columns.

The export writes these columns, Spark reads them, and what Spark writes is published; they are
named here because those three must agree and never see each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from personalization.codec.json_codec import JsonCodec
from personalization.domain.identifiers import GenerationId
from personalization.domain.tastes import TASTE_HALFLIFE_DAYS

REQUEST_FILE = "request.json"
"""What tonight's run was asked for."""
SNAPSHOT_FILE = "snapshot.json"
"""What the history folder holds of it."""
OUTCOME_FILE = "outcome.json"
"""What became of the last night, for whoever started it."""
HISTORY_FOLDER = "history"
"""Events, one folder `day=YYYY-MM-DD` a day."""
PRODUCTS_FILE = "products.parquet"
CATEGORIES_FILE = "categories.parquet"
"""Every category that the catalogue knows or a product names."""
PRODUCT_CATEGORIES_FILE = "product_categories.parquet"
"""The category of every product that there ever was, on sale or not; no variants."""
GROUPS_FILE = "groups.parquet"
"""Every variant with its parent product."""
BUILDING_FOLDER = "building"
"""Generations that are being made, one folder each."""
GENERATIONS_FOLDER = "generations"
"""Complete generations, one folder each."""
PLAN_FILE = "plan.json"
"""The plan, inside the folder of its generation."""
TABLES_FOLDER = "tables"
"""Ranked lists, one folder `table=...` a table, inside the folder of a generation."""
SESSION_INDEX_FILE = "session_index.bin"
"""The session index, inside the folder of a generation."""
KEPT_FOLDER = "kept"
"""Frames that several steps of a night read, inside the folder of a generation that is made."""
PAST_SESSIONS_FOLDER = "past_sessions"
"""The sessions that the index is made of, inside the folder of a generation that is made."""
REPORTS_FOLDER = "reports"
"""One `JobReport` per Spark job, inside the folder of a generation."""
PROFILES_FILE = "day_profiles.json"
"""What the days of the period are like: of the last night in the warehouse itself, so that the next
one measures only new days, and of its own night inside the folder of a generation."""
GATES_FILE = "gates.json"
"""The `GateReport`, inside the folder of a complete generation."""
REFUSED_FOLDER = "refused"
"""The `GateReport`s of nights that gates have stopped."""
REFUSAL_FILE = "refusal.json"
"""That of the last night, where it was refused, for whoever started it."""
MANIFEST_FILE = "manifest.json"
"""The `Generation`, inside the folder of a complete one."""

DAY = "day"
"""UTC day of an event."""
EVENT_ID = "event_id"
SESSION_ID = "session_id"
USER_ID = "user_id"
"""As the browser says; null of anonymous visits."""
TYPE = "type"
"""Value of `EventType`."""
OCCURRED_AT = "occurred_at"
"""UTC, microseconds."""
PRODUCT_IDS = "product_ids"
VARIANT_IDS = "variant_ids"
"""What each line named, where one of them is a variant. Unlike the other columns it has no part in
a day's fingerprint: it says of an event what its id already stands for."""
PRODUCT_ID = "product_id"
GROUP_ID = "group_id"
CATEGORY_ID = "category_id"
TITLE = "title"
COLOUR = "colour"
PRICE = "price"
BRAND = "brand"
SIZE = "size"
REGION = "region"
STARS = "stars"
"""1 to 5, of a feedback event or of a product; null where unrated."""
CONSENT = "consent"
"""Purposes that were agreed to, with a space between; null where nothing was said of it."""
REWARD = "reward"
"""What the event is worth, in whole thousandths: sums of floats depend on their order."""
RATING_COUNT = "rating_count"
BOUGHT_LAST_MONTH = "bought_last_month"
LISTED_ON = "listed_on"

TABLE = "table"
"""Value of `PriorTable`."""
KEY = "key"
RANK = "rank"
"""1 is the strongest; dense within table and key."""
MEMBER_ID = "member_id"
STRENGTH = "strength"
"""0 to 1."""
VALUE = "value"
"""The raw figure that an explanation quotes."""
SUPPORT = "support"
"""Shoppers behind it; ratings or sales where it is made of those."""

COVERED_PRODUCTS = "covered_products"
"""Parameter of a generation: how many products have priors."""
BACKFILL = "backfill"
"""Parameter of a generation that was made to be kept, not promoted."""
BEGUN_AT = "begun_at"
"""Parameter of a generation: whoever was erased before has no part in it."""
INTERACTIONS = "interactions"
"""Parameter of a generation: interactions that counted. Those below are made with it."""
REPEATS = "repeats_left_out"
"""Interactions beyond what one shopper may count for."""
SHOPPERS = "shoppers"
"""Sessions, or users where they are known."""
LARGEST_SHARE = "largest_share"
"""Of all rewards, the share of the shopper who gave most."""
LARGEST_PRODUCT_SHARE = "largest_product_share"
"""The same of one of the shop's first products, whose id follows."""

REWARD_UNIT = 1000

FINGERPRINT_DIGITS = 15
"""Hexadecimal digits of an event's hash in each of the two sums that are a day's fingerprint."""
STAR_UNIT = 1_000_000
"""Stars are whole millionths there: no two languages write a float alike."""
FIELD_SEPARATOR = "\x1f"
ID_SEPARATOR = "\x1e"
ABSENT = "\x00"
"""Stands for what an event does not have, which is not the same as an empty text."""


def period_start(run_date: date, period_days: int) -> date:
    """Return the first day of the period that ends, inclusively, on the run date."""
    return run_date - timedelta(days=period_days - 1)


def newest_day(days: Iterable[date], until: date) -> date:
    """Return the newest of the days up to `until`, or `until` itself where there is none.

    A single event with a wrong clock must not move the whole period.
    """
    return max((day for day in days if day <= until), default=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyRequest:
    warehouse: str
    """Absolute folder."""
    run_date: date | None
    """None asks for the newest day of the history up to `until`, or `until` if there is none."""
    until: date
    today: date
    """Events after this day are mistakes of a clock or of an import: they are left out."""
    period_days: int
    catalogue_fingerprint: str
    promote: bool = False
    """Promote also a night that ends before the active generation does."""
    accept_smaller: bool = False
    """Promote also a generation that is much smaller than the active one."""
    accept: tuple[str, ...] = ()
    """Names of gates that somebody has looked at: what they find does not stop this night."""
    digest_key: str = ""
    """Of the digests of sessions; without one the session index gets none."""
    erased_sessions: tuple[str, ...] = ()
    """Digests of sessions whose events are left out."""
    events: int = 0
    """How many the history has of the period, which memory and tasks are planned by."""
    begun_at: datetime | None = None
    """Before anything was read for it; None of a former release."""
    user_ids: str = ""
    """What the ids of users look like whole, where Spark reads the history; empty takes all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySnapshot:
    run_date: date
    fingerprints: dict[date, str]
    """Day of the period that has events -> what its events are, whatever their order."""
    events_after_today: int = 0
    """Left out, since they cannot have happened."""
    history_from: date | None = None
    history_until: date | None = None
    """First and newest day that the history has, those after today left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyPlan:
    generation_id: GenerationId
    run_date: date
    warehouse: str
    input_fingerprint: str
    """Hash of the exported events of the period and of the catalogue."""
    period_days: int
    trending_days: int
    list_size: int
    minimum_support: int
    minimum_affinity_support: int
    new_arrival_days: int
    index_sessions: int
    taste_halflife_days: int = TASTE_HALFLIFE_DAYS
    smallest_group: int = 0
    """Shoppers below whom a row is left out of every list; 0 leaves that to the minimums above."""
    events_after_today: int = 0
    """Left out of the input; no part of the generation's identity."""

    @property
    def fewest_together(self) -> int:
        """Shoppers that a bundle or a trend needs."""
        return max(self.minimum_support, self.smallest_group)

    @property
    def fewest_following(self) -> int:
        """Shoppers that what was viewed after something needs."""
        return max(self.minimum_affinity_support, self.smallest_group)

    @property
    def first_day(self) -> date:
        return period_start(self.run_date, self.period_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    absent: dict[str, str]
    """Table or prior -> reason."""
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOutcome:
    generation_id: GenerationId
    promoted: bool
    reason: str
    """Why it was or was not promoted, for a person."""


def read_request(warehouse: Path) -> NightlyRequest:
    return REQUEST.decode((warehouse / REQUEST_FILE).read_bytes())


def read_snapshot(warehouse: Path) -> HistorySnapshot:
    return SNAPSHOT.decode((warehouse / SNAPSHOT_FILE).read_bytes())


REQUEST: JsonCodec[NightlyRequest] = JsonCodec(NightlyRequest)
SNAPSHOT: JsonCodec[HistorySnapshot] = JsonCodec(HistorySnapshot)
PLAN: JsonCodec[NightlyPlan] = JsonCodec(NightlyPlan)
JOB_REPORT: JsonCodec[JobReport] = JsonCodec(JobReport)
OUTCOME: JsonCodec[NightOutcome] = JsonCodec(NightOutcome)

"""The nightly warehouse: the plan of one night, and the names of its folders and columns.

The export writes these columns, Spark reads them, and what Spark writes is published; they are
named here because those three must agree and never see each other.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from personalization.codec.json_codec import JsonCodec
from personalization.domain.identifiers import GenerationId

REQUEST_FILE = "request.json"
"""What tonight's run was asked for."""
SNAPSHOT_FILE = "snapshot.json"
"""What the history folder holds of it."""
HISTORY_FOLDER = "history"
"""Events, one folder `day=YYYY-MM-DD` a day."""
PRODUCTS_FILE = "products.parquet"
CATEGORIES_FILE = "categories.parquet"
"""Every category that the catalogue knows or a product names."""
BUILDING_FOLDER = "building"
"""Generations that are being made, one folder each."""
GENERATIONS_FOLDER = "generations"
"""Complete generations, one folder each."""
PLAN_FILE = "plan.json"
"""The plan, inside the folder of its generation."""
TABLES_FOLDER = "tables"
"""Ranked lists, one folder `table=...` a table, inside the folder of a generation."""
REPORTS_FOLDER = "reports"
"""One `JobReport` per Spark job, inside the folder of a generation."""
MANIFEST_FILE = "manifest.json"
"""The `Generation`, inside the folder of a complete one."""

DAY = "day"
"""UTC day of an event."""
EVENT_ID = "event_id"
SESSION_ID = "session_id"
TYPE = "type"
"""Value of `EventType`."""
OCCURRED_AT = "occurred_at"
"""UTC, microseconds."""
PRODUCT_IDS = "product_ids"
PRODUCT_ID = "product_id"
CATEGORY_ID = "category_id"
REGION = "region"
STARS = "stars"
"""1 to 5, of a feedback event or of a product; null where unrated."""
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
"""Observations behind it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyRequest:
    warehouse: str
    """Absolute folder."""
    run_date: date | None
    """None asks for the newest day of the history, or `today` where there is none."""
    today: date
    period_days: int
    catalogue_fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySnapshot:
    run_date: date
    fingerprints: dict[date, str]
    """Day of the period that has events -> what its events are, whatever their order."""


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

    @property
    def first_day(self) -> date:
        return period_start(self.run_date, self.period_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    absent: dict[str, str]
    """Table or prior -> reason."""
    parameters: dict[str, str]


REQUEST: JsonCodec[NightlyRequest] = JsonCodec(NightlyRequest)
SNAPSHOT: JsonCodec[HistorySnapshot] = JsonCodec(HistorySnapshot)
PLAN: JsonCodec[NightlyPlan] = JsonCodec(NightlyPlan)
JOB_REPORT: JsonCodec[JobReport] = JsonCodec(JobReport)

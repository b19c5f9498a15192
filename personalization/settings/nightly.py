"""What the nightly jobs compute over."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.domain.quality.gate import FIXED_GATES, GateName
from personalization.domain.tastes import TASTE_HALFLIFE_DAYS
from personalization.domain.tuning import INDEX_SESSIONS


class GateChange(BaseModel):
    """What a shop sets otherwise for a gate; what it leaves out stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Literal["stop", "warn", "off"] = "stop"
    """`warn` lets every night pass with a row in the table, `off` says nothing."""
    warn: float | None = None
    stop: float | None = None
    fewest: int | None = Field(default=None, ge=0)


class NightlySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_NIGHTLY_", frozen=True)

    period_days: int = Field(default=120, ge=1)
    """The period T over which popularity and affinities are counted, ending on the run date."""
    trending_days: int = Field(default=7, ge=1)
    """Recent days that trending compares with the days before them."""
    list_size: int = Field(default=50, ge=1)
    """Members kept per ranked list."""
    minimum_support: int = Field(default=3, ge=1)
    """Observations below which a bundle, a trend or a pair bought together is left out."""
    minimum_affinity_support: int = Field(default=1, ge=1)
    """Observations below which what was viewed after something is left out. Affinities are shrunk,
    so that one observation says little; in a shop of many products it is often all there is."""
    index_sessions: int = Field(default=INDEX_SESSIONS, ge=0)
    """Newest sessions of the period that the session index holds; some 80 bytes of memory each in
    every process that decides. 0 makes no index."""
    new_arrival_days: int = Field(default=30, ge=1)
    """How many days a product counts as new."""
    taste_halflife_days: int = Field(default=TASTE_HALFLIFE_DAYS, ge=1)
    """Days in which what a known person did loses half of its weight in their tastes."""
    minimum_coverage: float = Field(default=0.5, ge=0, le=1)
    """A generation that has less than this share of the active one's covered products,
    interactions or rows of a table is refused."""
    maximum_shopper_share: float = Field(default=0.25, ge=0, le=1)
    """A generation is refused in which one of at least 20 shoppers (a session, or a user where
    known) made more than this share of all rewards."""
    gates: dict[GateName, GateChange] = Field(default_factory=dict[GateName, GateChange])
    """Limits of gates that differ from the defaults, as a JSON object such as
    `{"volume": {"warn": 0.6, "stop": 0.4}, "regions": {"severity": "off"}}` (docs/data-quality.md
    has all of them)."""
    kept_generations: int = Field(default=3, ge=1)
    """Generations that are kept to roll back to, and beside them as many backfills."""
    alert_webhook: str = Field(default="", repr=False)
    """Address that is told of a task that failed for good and of a run that is late, as JSON with a
    sentence in `text`; the same is in `alerts.jsonl` of the home folder (docs/running.md)."""
    airflow_environment: str = ""
    """Folder of the Python environment that has Airflow; empty: the one beside this program's,
    with `-airflow` at the end of its name."""
    spark_master: str = "local[2]"
    """Where Spark runs: `local[2]`, `spark://host:7077`, `yarn`, `k8s://https://host:6443`."""
    spark_conf: dict[str, str] = Field(default_factory=dict[str, str])
    """Further options of Spark as a JSON object; they win over those that the night takes. They are
    seen on command lines, so passwords do not belong here (docs/spark.md)."""
    spark_driver_memory: str = ""
    """Memory of the Spark driver, which is the executor too on a local master, such as 4g. By
    default it follows the history's size and the memory that is free: 2 to 4.5 GiB."""
    spark_java_options: str = ""
    """Options of the driver's Java. By default a night of few events does without the second
    compiler and the parallel collector: it takes half the processor time so."""

    @field_validator("gates")
    @classmethod
    def _are_changeable(cls, gates: dict[GateName, GateChange]) -> dict[GateName, GateChange]:
        fixed = sorted(FIXED_GATES & gates.keys())
        if fixed:
            raise ValueError(f"cannot be set: {', '.join(fixed)}: what they refuse is of no use")
        return gates

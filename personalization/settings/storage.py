"""Where things are kept."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StorageSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_", frozen=True)

    home: Path = Field(default=Path("var"))
    """Folder that holds everything the embedded default writes."""
    minimum_free_mib: int = Field(default=64, ge=0)
    """Below this much free disk space (MiB) writes are refused before they can fail halfway."""

    keys_file: Path | None = None
    """File of keys that servers register as they start, made by `fitting-room keys file`."""

    pictures_folder: Path | None = None
    """Folder into which imports put pictures of products and from which the API serves them; unset
    takes `pictures` in the home folder."""

    erased_file: Path | None = None
    """Ledger of erased visits and people, by digests; unset keeps `erased_sessions.jsonl` in the
    home folder. No backup has it: name a copy of the newest one when a backup is restored."""

    @property
    def log_file(self) -> Path:
        return self.home / "event_log.sqlite"

    @property
    def history_file(self) -> Path:
        return self.home / "history.sqlite"

    @property
    def decisions_file(self) -> Path:
        return self.home / "decisions.sqlite"

    @property
    def claims_file(self) -> Path:
        """Who holds which session."""
        return self.home / "claims.sqlite"

    @property
    def waiting_file(self) -> Path:
        """Events of products that are not known yet."""
        return self.home / "waiting.sqlite"

    @property
    def people_file(self) -> Path:
        """The shop's own ids of people, encrypted."""
        return self.home / "people.sqlite"

    @property
    def catalogue_file(self) -> Path:
        return self.home / "catalogue.sqlite"

    @property
    def priors_file(self) -> Path:
        return self.home / "priors.sqlite"

    @property
    def pictures(self) -> Path:
        """Pictures of products, each a file by its id."""
        return self.pictures_folder or self.home / "pictures"

    @property
    def prior_lists(self) -> Path:
        """Ranked lists, a file for each generation."""
        return self.home / "prior_lists"

    @property
    def plans_file(self) -> Path:
        """What operators decided: experiments, rules."""
        return self.home / "plans.sqlite"

    @property
    def audit_file(self) -> Path:
        """Who changed what."""
        return self.home / "audit.sqlite"

    @property
    def warehouse(self) -> Path:
        """Parquet exports that Spark reads, and its output before it is published."""
        return self.home / "warehouse"

    @property
    def tables(self) -> Path:
        """Parquet tables by day for the shop's own warehouse."""
        return self.home / "tables"

    @property
    def lists(self) -> Path:
        """Recommendations for e-mail, a folder for each placement."""
        return self.home / "lists"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def rounds_file(self) -> Path:
        """What the model was taught, in order."""
        return self.home / "learned_rounds.sqlite"

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"

    @property
    def held_out_file(self) -> Path:
        """Sessions that the import held out, as JSON lines of events.

        The file has its former name, so that older home folders are read.
        """
        return self.home / "held_back.jsonl"

    @property
    def import_report_file(self) -> Path:
        return self.home / "import_report.json"

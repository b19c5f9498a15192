"""What counts where a shopper has said nothing of consent, or only by their browser."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.domain.consent import UNSAID, Consent, ConsentPurpose


class ConsentSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_CONSENT_", frozen=True)

    unsaid: Consent = UNSAID
    """Purposes that count as agreed to while nothing is said, as a JSON list of measure,
    personalize, learn and share; [] where the law asks for a yes first."""
    refused_by_gpc: Consent = (ConsentPurpose.SHARE,)
    """Purposes that a browser refuses which sends `Sec-GPC: 1` (Global Privacy Control), whatever
    the page says."""
    look_seconds: float = Field(default=1.0, gt=0, le=60)
    """How long a process goes by what it knows of a session's consent before it asks Redis again:
    by then a withdrawal that another process took counts here."""

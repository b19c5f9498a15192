"""The numbers of the ranking that a shop may turn; docs/filter_bubble.md says what each does."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from personalization.domain.errors import InvalidTuningError
from personalization.domain.tuning import (
    ACTIVATION_EVIDENCE,
    DECAY,
    EVERY_BIT,
    EVIDENCE_HALFWAY,
    KEPT_BITS,
    Tuning,
)


class TuningSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FITTING_ROOM_TUNING_", frozen=True)

    decay: float = Field(default=DECAY, gt=0, le=1)
    """Weight that an interaction keeps with each newer one."""
    time_halflife_seconds: float = Field(default=0.0, ge=0)
    """Time in which an interaction loses half of its weight; 0 lets only newer ones lessen it."""
    evidence_halfway: float = Field(default=EVIDENCE_HALFWAY, ge=0, le=100)
    """Interactions at which they weigh as much as the priors; more keeps newcomers on priors."""
    activation_evidence: int = Field(default=ACTIVATION_EVIDENCE, ge=1, le=50)
    """Interactions from which a profile is called the shopper's own."""
    boost_new: float = Field(default=0.0, ge=0, le=2)
    """Added to the score of a product listed today, less each day of the list of new arrivals."""
    boost_rated: float = Field(default=0.0, ge=0, le=2)
    """Added to the best rated product's score, less down to the ordinary rating."""
    boost_viewed: float = Field(default=0.0, ge=-2, le=2)
    """Added to the most viewed product's score, less by views; below 0 it brings up the unseen."""
    diversity: float = Field(default=0.0, ge=0, le=2)
    """The most that a score may lose to better products of the same category above it."""
    mantissa_bits: int = Field(default=KEPT_BITS, ge=4, le=EVERY_BIT)
    """Bits that relevances and strengths are rounded to; more make the history larger."""

    def tuning(self) -> Tuning:
        return Tuning(**self.model_dump())

    def with_changes(self, text: str) -> "TuningSettings":
        """Apply `name=number,name=number`; `InvalidTuningError` says what is wrong with it."""
        pairs = (part.partition("=") for part in text.split(",") if part.strip())
        given = {name.strip(): value.strip() for name, _, value in pairs}
        unknown = sorted(set(given) - set(type(self).model_fields))
        if unknown:
            known = ", ".join(type(self).model_fields)
            raise InvalidTuningError(f"There is no setting {unknown[0]!r}. There are {known}.")
        try:
            return type(self)(**{**self.model_dump(), **given})
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidTuningError(f"{first['loc'][0]}: {first['msg']}.") from error

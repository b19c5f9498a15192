"""The page of settings is made of the settings' own sentences."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from checks.settings_page import PAGE, page_of, settings_classes


class OvenSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BAKERY_OVEN_")

    heat: float = Field(default=220.0, gt=0, le=300)
    """Degrees
    of the oven."""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page_of(settings_classes())


def test_a_setting_has_its_variable_default_bounds_and_meaning() -> None:
    line = "| `BAKERY_OVEN_HEAT` | `220` | above 0, at most 300 | Degrees of the oven. |"
    assert line in page_of([OvenSettings]).splitlines()

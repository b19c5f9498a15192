"""The secrets that sign tokens, as the environment gives them."""

import pytest
from pydantic import ValidationError

from personalization.settings.serving import ServingSettings

NAME = "FITTING_ROOM_API_SECRET"


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("only one", (b"only one",)),
        ('["new", "old"]', (b"new", b"old")),
    ],
)
def test_one_secret_or_a_list_newest_first(
    monkeypatch: pytest.MonkeyPatch, text: str, secrets: tuple[bytes, ...]
) -> None:
    monkeypatch.setenv(NAME, text)
    assert ServingSettings().signing_secrets == secrets


@pytest.mark.parametrize(
    "text", ["", "[]", '["hush", "hush"]', '["hush"', '["hush", 1]', '["hush", ""]', '["hush",' * 9]
)
def test_what_would_sign_nothing_safely_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(NAME, text)
    with pytest.raises(ValidationError) as refused:
        ServingSettings()
    assert "hush" not in str(refused.value)


def test_without_any_the_home_folder_has_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert ServingSettings().signing_secrets == ()

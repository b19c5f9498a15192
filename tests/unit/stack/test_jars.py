from pathlib import Path

import pytest

from stack.jars import cache_folder


def test_jars_are_kept_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FITTING_ROOM_STACK_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize("given", [None, ""])
def test_jars_are_kept_in_the_cache_of_the_user_where_it_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FITTING_ROOM_STACK_CACHE", raising=False)
    if given is not None:
        monkeypatch.setenv("FITTING_ROOM_STACK_CACHE", given)
    assert cache_folder() == tmp_path / ".cache" / "fitting-room" / "jars"

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build_app, main


@pytest.mark.parametrize("command", ["history", "serve", "explain"])
def test_a_file_is_refused_as_home_before_anything_is_opened(tmp_path: Path, command: str) -> None:
    file = tmp_path / "catalogue.sqlite"
    file.touch()

    done = CliRunner().invoke(
        build_app(command), [command, "--home", str(file)], env={"COLUMNS": "200"}
    )

    assert done.exit_code == 2
    assert "is a file" in done.output


def test_a_setting_that_cannot_be_read_is_named_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FITTING_ROOM_RETENTION_LOG_HOURS", "soon")
    monkeypatch.setattr("sys.argv", ["fitting-room", "retention", "--home", str(tmp_path)])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "RetentionSettings, log_hours: Input should be a valid number" in told
    assert "docs/settings.md" in told

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build_app


@pytest.mark.parametrize("command", ["history", "serve", "explain"])
def test_a_file_is_refused_as_home_before_anything_is_opened(tmp_path: Path, command: str) -> None:
    file = tmp_path / "catalogue.sqlite"
    file.touch()

    done = CliRunner().invoke(
        build_app(command), [command, "--home", str(file)], env={"COLUMNS": "200"}
    )

    assert done.exit_code == 2
    assert "is a file" in done.output

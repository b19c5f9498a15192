"""The plugin's modules without a shop, by Node's own test runner."""

from pathlib import Path

import pytest

from tests.node_runs import run_node_tests

FILES = sorted((Path(__file__).parent / "modules").glob("*.test.mjs"))


def test_there_are_tests_of_modules() -> None:
    assert len(FILES) >= 3


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_modules_do_what_their_tests_say(file: Path) -> None:
    run_node_tests(file)

"""The modules of the exported storefront that need no browser, by Node's own test runner."""

from pathlib import Path

import pytest

from tests.node_runs import run_node_tests

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.test.ts"))


def test_there_are_tests_of_the_sites_modules() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.ts"))
def test_the_sites_modules_do_what_their_tests_say(file: Path) -> None:
    run_node_tests(file)

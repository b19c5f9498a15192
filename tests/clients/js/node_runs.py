"""Runs of Node in the folder of the package."""

from tests.clients.js.readme import PACKAGE
from tests.node_runs import run_node


def run(*arguments: str) -> str:
    """Return what it printed; fails where it fails."""
    return run_node(*arguments, folder=PACKAGE)


def build_bundles() -> None:
    """Build what tests import and the API serves, from the sources as they are now."""
    run("build.mjs")

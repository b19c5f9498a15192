"""Gives products their pictures: first on the stage of an import, then for good."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from importers.pictures.found_picture import NOT_A_FILE, TOO_LARGE, FoundPicture
from importers.pictures.picture_folder import pictures_in_folder
from importers.pictures.picture_tar import pictures_in_tar
from importers.progress import Progress
from personalization.catalogue.pictures import (
    FIRST_BYTES,
    MOST_PICTURE_BYTES,
    address_of,
    has_picture_suffix,
    kept_name,
    media_type_of,
    product_of,
)
from personalization.domain.errors import ImportRejectedError, StoreFullError
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue

BATCH = 500
_MEBIBYTE = 2**20


@dataclass(slots=True)
class StagedPictures:
    """Pictures that were read into a folder of the stage, beside what was passed over."""

    folder: Path
    minimum_free_mib: int
    names: list[str] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    """Reason -> files."""

    def stage(self, source: Path, catalogue: Catalogue, progress: Progress) -> None:
        """Take the pictures of products of the catalogue that have none, and give their address.

        Raises `ImportRejectedError` where the source cannot be read.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        progress.stage("Looking at the pictures")
        seen = 0
        with _open(source) as found:
            while batch := list(islice(found, BATCH)):
                _check_space(self.folder, self.minimum_free_mib)
                catalogue.write_products(self._take(batch, catalogue))
                seen += len(batch)
                # How many there are is known at the end.
                progress.advance(seen, 0.5)
        progress.advance(seen, 1.0)

    def publish(self, target: Path) -> int:
        """Copy the pictures to where they are served; return how many of them are new or other.

        Each appears whole. One that is there already is left alone, so that browsers keep theirs.
        """
        if not self.names:
            return 0
        target.mkdir(parents=True, exist_ok=True)
        written = 0
        for place, name in enumerate(self.names):
            if place % BATCH == 0:
                _check_space(target, self.minimum_free_mib)
            written += _copy(self.folder / name, target / name)
        return written

    def _take(self, batch: Sequence[FoundPicture], catalogue: Catalogue) -> Sequence[Product]:
        """Return the products that got a picture."""
        named = {
            place: name
            for place, picture in enumerate(batch)
            if (name := self._usable_name(picture)) is not None
        }
        products = dict(catalogue.read_products(list({product_of(n) for n in named.values()})))
        taken: dict[str, Product] = {}
        for place, name in named.items():
            product = products.get(product_of(name))
            if product is None:
                self.passed_over["of no product of these files"] += 1
            elif product.image_url is not None:
                self.passed_over["of a product that has one"] += 1
            elif self._keep(batch[place], name):
                products[product.product_id] = replace(product, image_url=address_of(name))
                taken[name] = products[product.product_id]
        return list(taken.values())

    def _usable_name(self, picture: FoundPicture) -> str | None:
        if not has_picture_suffix(picture.name):
            self.passed_over["not named as a picture"] += 1
            return None
        if picture.fault is not None:
            self.passed_over[picture.fault] += 1
            return None
        name = kept_name(picture.name)
        if name is None:
            self.passed_over["a name that no address carries"] += 1
        return name

    def _keep(self, picture: FoundPicture, name: str) -> bool:
        try:
            content = picture.read()
        except OSError:
            # Gone, or another one, since it was found.
            self.passed_over[NOT_A_FILE] += 1
            return False
        if len(content) > MOST_PICTURE_BYTES:
            self.passed_over[TOO_LARGE] += 1
            return False
        if media_type_of(content[:FIRST_BYTES]) is None:
            self.passed_over["no JPEG, PNG or WebP by its content"] += 1
            return False
        (self.folder / name).write_bytes(content)
        self.names.append(name)
        return True


def _open(source: Path) -> AbstractContextManager[Iterator[FoundPicture]]:
    if source.is_dir():
        return nullcontext(pictures_in_folder(source))
    if source.is_file():
        return pictures_in_tar(source)
    raise ImportRejectedError(f"{source} is no folder and no tar file of pictures.")


def _copy(staged: Path, target: Path) -> bool:
    if not target.is_symlink() and target.is_file() and _is_same(staged, target):
        return False
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    shutil.copyfile(staged, part)
    part.replace(target)
    return True


def _is_same(staged: Path, target: Path) -> bool:
    return (
        staged.stat().st_size == target.stat().st_size
        and staged.read_bytes() == target.read_bytes()
    )


def _check_space(folder: Path, minimum_free_mib: int) -> None:
    if shutil.disk_usage(folder).free < minimum_free_mib * _MEBIBYTE:
        raise StoreFullError

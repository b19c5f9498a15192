"""A catalogue that an import reads its files into before it takes anything over."""

from pathlib import Path

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB

_UNUSED = ("product_is_new", "title_changed")


class StagedCatalogue(SqliteCatalogue):
    """It is thrown away soon and nobody searches it: titles are not indexed."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        super().__init__(path, minimum_free_mib)
        with self._database.transaction() as connection:
            for trigger in _UNUSED:
                connection.execute(f"DROP TRIGGER {trigger}")

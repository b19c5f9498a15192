"""What the nightly job made of the page's files once: a test has no minutes to make it again."""

import json
import sys
from pathlib import Path

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation

_LISTS = Path(__file__).with_name("night.json")


def promote(home: Path) -> None:
    """Promote the recorded generation, as the command does at its end, and say so."""
    lists = {
        (PriorTable(kept["table"]), str(kept["key"])): tuple(
            RankedMember(member_id=member, strength=strength, value=value, support=support)
            for member, strength, value, support in kept["members"]
        )
        for kept in json.loads(_LISTS.read_text())
    }
    generation = a_generation(generation_id=GenerationId("20261125-recorded"))
    with open_kept(CoreSettings(storage=StorageSettings(home=home))) as kept:
        kept.priors.write_many(generation.generation_id, lists.items())
        kept.priors.register(generation)
        kept.priors.promote(generation.generation_id)
    sys.stdout.write(f"Generation {generation.generation_id} is promoted.\n")


if __name__ == "__main__":
    promote(Path(sys.argv[1]))

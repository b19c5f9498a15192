"""What operators call, each with a secret key of a role: a module a noun."""

from typing import Final

from api.routes.admin import (
    audit,
    dead_letters,
    experiments,
    explanations,
    generations,
    keys,
    placements,
    rules,
    snapshots,
)

ADMIN_NOUNS: Final = (
    rules,
    placements,
    experiments,
    snapshots,
    generations,
    dead_letters,
    explanations,
    keys,
    audit,
)

"""What operators call, each with a secret key of a role: a module a noun."""

from typing import Final

from api.routes import (
    admin_audit,
    admin_dead_letters,
    admin_experiments,
    admin_explanations,
    admin_generations,
    admin_keys,
    admin_placements,
    admin_rules,
    admin_snapshots,
)

ADMIN_NOUNS: Final = (
    admin_rules,
    admin_placements,
    admin_experiments,
    admin_snapshots,
    admin_generations,
    admin_dead_letters,
    admin_explanations,
    admin_keys,
    admin_audit,
)

"""Keys by which browsers and servers call the API: what they are and what they allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from personalization.domain.access.shop import SHOP, ShopId

KeyId = NewType("KeyId", str)
"""Public part of a key: stands in its text, in logs, tokens and the audit log."""


class KeyKind(StrEnum):
    PUBLISHABLE = "publishable"
    """Stands in pages, so everybody knows it; bound to the origins of those pages."""
    SECRET = "secret"  # noqa: S105 - the name of a kind
    """Known to the shop's servers and people only."""


class Scope(StrEnum):
    """What a key may be used for; the values are the names in commands, routes and documents."""

    TRACK = "track"
    """Send events of a session that its token, or first contact, belongs to."""
    PROFILES = "profiles"
    """Read the profile, explanations and stream of the session whose token is shown."""
    RECOMMENDATIONS = "recommendations"
    """Read what any visitor may see: products, categories, ranked lists."""
    SERVER_EVENTS = "events:server"
    """Send events of any session, and orders that are worth a purchase."""
    IDENTITY = "identity"
    """Say who is logged in."""
    CATALOGUE_READ = "catalogue:read"
    """Read whole products, also those that no visitor may see."""
    CATALOGUE_WRITE = "catalogue:write"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    PLACEMENTS_READ = "placements:read"
    PLACEMENTS_WRITE = "placements:write"
    EXPERIMENTS_READ = "experiments:read"
    EXPERIMENTS_WRITE = "experiments:write"
    EXPLANATIONS_READ = "explanations:read"
    """Explain any decision of any session."""
    EXPORTS = "exports"
    MODELS_READ = "models:read"
    MODELS_WRITE = "models:write"
    """Roll a model back."""
    GENERATIONS_READ = "generations:read"
    GENERATIONS_WRITE = "generations:write"
    """Promote a generation of priors, or go back to one."""
    DEAD_LETTERS_READ = "dead-letters:read"
    DEAD_LETTERS_WRITE = "dead-letters:write"
    """Redrive or discard dead letters."""
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"


class AccessRole(StrEnum):
    """A person's work in the console and at the command line, as a set of scopes."""

    VIEWER = "viewer"
    MERCHANDISER = "merchandiser"
    OPERATOR = "operator"
    OWNER = "owner"


PUBLISHABLE_SCOPES: Final = frozenset({Scope.TRACK, Scope.PROFILES, Scope.RECOMMENDATIONS})
"""All that a key that everybody knows may ever have."""
SERVER_SCOPES: Final = PUBLISHABLE_SCOPES | {
    Scope.SERVER_EVENTS,
    Scope.IDENTITY,
    Scope.CATALOGUE_READ,
    Scope.CATALOGUE_WRITE,
}
"""What a secret key has where nothing else is said."""
_VIEWER: Final = frozenset(
    {
        Scope.RECOMMENDATIONS,
        Scope.CATALOGUE_READ,
        Scope.RULES_READ,
        Scope.PLACEMENTS_READ,
        Scope.EXPERIMENTS_READ,
        Scope.EXPLANATIONS_READ,
        Scope.MODELS_READ,
        Scope.GENERATIONS_READ,
        Scope.DEAD_LETTERS_READ,
    }
)
_MERCHANDISER: Final = _VIEWER | {
    Scope.RULES_WRITE,
    Scope.PLACEMENTS_WRITE,
    Scope.EXPERIMENTS_WRITE,
}
_OPERATOR: Final = _MERCHANDISER | {
    Scope.CATALOGUE_WRITE,
    Scope.EXPORTS,
    Scope.MODELS_WRITE,
    Scope.GENERATIONS_WRITE,
    Scope.DEAD_LETTERS_WRITE,
    Scope.KEYS_READ,
    Scope.AUDIT_READ,
}
SCOPES_OF: Final[Mapping[AccessRole, frozenset[Scope]]] = {
    AccessRole.VIEWER: _VIEWER,
    AccessRole.MERCHANDISER: _MERCHANDISER,
    AccessRole.OPERATOR: _OPERATOR,
    AccessRole.OWNER: frozenset(Scope),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """Requests that a key may make."""

    per_second: int
    per_day: int
    """The quota; 0 is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: whoever reads it cannot make a request of it."""

    key_id: KeyId
    kind: KeyKind
    name: str
    """What it is for, in its maker's words."""
    digests: tuple[str, ...]
    """SHA-256 of each secret that holds, hex; two while a rotation is under way, newest first."""
    scopes: frozenset[Scope]
    shop: ShopId = SHOP
    role: AccessRole | None = None
    """Whose scopes it has beside its own."""
    origins: tuple[str, ...] = ()
    """Of a publishable key: whose pages may use it."""
    limit: RateLimit | None = None
    """None takes that of its kind."""
    is_development: bool = False
    """Made without set-up for this machine: it holds on loopback only."""
    is_from_file: bool = False
    """Its text is in a file, from which it would come again once it is forgotten."""
    created_at: datetime
    former_until: datetime | None = None
    """Until when the secret before the newest still holds."""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        if scope is Scope.TRACK and self._has(Scope.SERVER_EVENTS):
            # Who may send events of any session may send those of one.
            return True
        return self._has(scope)

    def _has(self, scope: Scope) -> bool:
        return scope in self.scopes or (self.role is not None and scope in SCOPES_OF[self.role])

    def is_in_force(self, moment: datetime) -> bool:
        # Not by the moment: the clock of whoever revoked it may be ahead of this process's.
        is_revoked = self.revoked_at is not None
        return not is_revoked and (self.expires_at is None or moment < self.expires_at)

import msgspec


class Dependency(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing the API stands on."""

    state: str
    """up, degraded (the API answers, but worse) or down (it cannot do its work)."""
    hint: str = ""
    """What is wrong and what to do."""


class Health(msgspec.Struct, frozen=True):
    """Whether the API can do its work, and on what that depends."""

    ready: bool
    dependencies: dict[str, Dependency]


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    alive: bool

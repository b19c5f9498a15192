"""Patterns that may be slow by their form and are not, each with the reason."""

ALLOWED_PATTERNS: dict[str, str] = {
    r"^(\d+|[\w.-]+:\d+(,[\w.-]+:\d+)*)$": (
        "a setting, which pydantic matches with an engine that never goes back"
    ),
}

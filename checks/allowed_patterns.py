"""Patterns that may be slow by their form and are not, each with the reason."""

_NEVER_BACK = "possessive throughout: what a repeat has taken it never gives back"

ALLOWED_PATTERNS: dict[str, str] = {
    r"^(\d+|[\w.-]+:\d+(,[\w.-]+:\d+)*)$": (
        "a setting, which pydantic matches with an engine that never goes back"
    ),
    r'"(?:[^"\\]++|\\.)*+"?': _NEVER_BACK,
    r'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+(?:"|\Z))*+': _NEVER_BACK,
    r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+(?:"|\Z))*+': _NEVER_BACK,
    r'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+")*+': _NEVER_BACK,
}

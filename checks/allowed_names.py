"""Participles that may name a function, each with the reason."""

ALLOWED_PARTICIPLES: dict[str, str] = {
    "committed": "the Kafka driver calls it so, and its stand-in in the tests has to",
}

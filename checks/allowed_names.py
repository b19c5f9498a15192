"""Participles that may name a function, each with the reason."""

ALLOWED_PARTICIPLES: dict[str, str] = {
    "connection_lost": "asyncio calls it so",
    "connection_made": "asyncio calls it so",
    "data_received": "asyncio calls it so",
    "eof_received": "asyncio calls it so",
    "committed": "the Kafka driver calls it so, and its stand-in in the tests has to",
}

"""Commands that measure what is served and learned."""

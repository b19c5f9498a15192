"""How domain values become bytes and back: once, above every adapter."""

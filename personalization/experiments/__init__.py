"""Who gets which way of ranking, and what may be concluded of it."""

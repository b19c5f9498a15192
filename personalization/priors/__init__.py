"""What the night knows: the active generation as serving reads it, and the nightly warehouse."""

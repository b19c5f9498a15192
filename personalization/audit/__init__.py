"""What was changed, by whom: written by every operation that changes something."""

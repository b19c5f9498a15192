"""Hands profiles out: from memory, store or history, by request and by stream."""

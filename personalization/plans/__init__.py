"""Versioned documents by which operators change serving: read without waiting, edited safely."""

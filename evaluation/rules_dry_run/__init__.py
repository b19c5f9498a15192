"""Proposed merchandising rules tried on the last decisions."""

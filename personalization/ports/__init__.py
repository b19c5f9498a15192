"""Roles that the outside world plays, one file each. Batch first: a missing key is absent."""

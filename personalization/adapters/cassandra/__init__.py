"""Cassandra behind the histories, the catalogue, the priors and the snapshots of the real stack."""

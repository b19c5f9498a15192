"""SQLite behind the log, the history, the catalogue and the priors of the embedded default."""

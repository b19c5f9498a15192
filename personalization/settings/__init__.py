"""Settings by part, each field with its meaning; read from the environment by wirings only."""

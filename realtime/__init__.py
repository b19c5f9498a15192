"""The real-time service: turns a session's events into its profile."""

"""Who may speak for a session."""

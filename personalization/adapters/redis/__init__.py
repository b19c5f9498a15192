"""Redis behind profiles, sessions and notifications."""

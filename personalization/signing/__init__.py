"""The keys that sign the tokens of sessions and first decisions, and how they change."""

"""rules_dry_run."""

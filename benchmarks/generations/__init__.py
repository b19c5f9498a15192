"""What a generation of a large catalogue costs: its check, its publication, its loading."""

"""What an import makes of the catalogue: compared, checked and only then written."""

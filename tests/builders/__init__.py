"""Valid values to build tests from, one builder a file."""

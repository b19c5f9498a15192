"""One command a file: its options, the calls, the exit code."""

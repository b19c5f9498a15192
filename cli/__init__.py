"""The command line: options, calls and printing; operations live in their features."""

"""A generation's ranked lists as one file, written once and mapped into memory by its readers."""

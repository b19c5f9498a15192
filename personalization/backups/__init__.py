"""Everything that is kept, in one encrypted file, and back from it into a new home."""

"""Commands about encrypted copies of everything that is kept."""

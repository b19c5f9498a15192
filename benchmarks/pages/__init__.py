"""What the calls of a shop's pages cost."""

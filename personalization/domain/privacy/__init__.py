"""What may be told of people."""

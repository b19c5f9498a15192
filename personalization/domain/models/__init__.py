"""What is learned, and what is kept of it."""

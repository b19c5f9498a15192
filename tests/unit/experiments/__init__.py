"""What experiments have shown."""

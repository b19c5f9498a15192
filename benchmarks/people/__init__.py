"""What recommendations for many people cost."""

"""What another policy would have been worth, from what was served and logged."""

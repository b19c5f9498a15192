"""What proposed merchandising rules would change."""

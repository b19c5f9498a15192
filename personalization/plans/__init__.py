"""Plans: versioned documents of operators, read while serving and edited against other writers."""

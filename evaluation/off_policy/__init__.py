"""What another policy would have been worth, estimated from the log of the one that served."""

"""What meets a connection before any route does: limits, refusals, addresses."""

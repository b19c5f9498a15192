"""What only the Redis adapters promise: keys, scripts, the embedded server."""

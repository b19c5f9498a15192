"""What only the SQLite adapters promise: files, space, schema."""

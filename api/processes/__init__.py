"""Several processes of the API behind one port: one interpreter runs one thread at a time."""

"""The shop's products as the hot paths read them: from one cache that knows what exists."""

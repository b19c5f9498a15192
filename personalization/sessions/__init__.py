"""What a session has done: events counted once, also when its state was lost."""

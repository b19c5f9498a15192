"""The shop's own writes: products and categories as calls send them, judged line by line."""

"""Which products a call wants: a tree of conditions, and the columns that it is asked of."""

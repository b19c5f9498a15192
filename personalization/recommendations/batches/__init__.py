"""Rows for many people at once, such as an e-mail's: by the code that answers a page."""

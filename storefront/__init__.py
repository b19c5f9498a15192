"""The page: plain files that the API serves."""

"""The whole shop as processes of their own, killed and started again."""

"""Merchandising rules: pin, boost, bury, exclude and out of stock, versioned and edited live."""

"""The slots of a decision by columns."""

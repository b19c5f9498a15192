"""Commands about who may do what, and about what was done."""

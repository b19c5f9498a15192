"""What the shop itself decides about what is shown: its rules, and lists without what they hide."""

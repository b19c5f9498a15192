"""How slots are drawn: one file a policy, with its formula, its reference and its words."""

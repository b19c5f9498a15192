"""Who may do what, and what was done: keys, the audit log, and the shop they belong to."""

"""A night on a standalone cluster of Spark whose workers are killed, beside a local one."""

"""From impressions and what came of them to rounds that models learn from.

The learner of the real-time service and off-policy evaluation share this code, so that they
cannot differ in what was seen and what came of it.
"""

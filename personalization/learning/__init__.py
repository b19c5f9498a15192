"""From events and decisions to rounds with outcomes: what is learned from and judged by.

The learner of the real-time service and off-policy evaluation share this code, so that they
cannot differ in what was seen and what came of it.
"""

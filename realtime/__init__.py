"""The real-time service: three readers of the log of events.

The scorer turns events into profiles, the history writer keeps the events, and the learner trains
the policy's models on what came of past decisions.
"""

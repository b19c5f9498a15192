"""Erases people: what every store has of their visits, with a receipt that says so.

A request is a document that outlives whoever works on it. A worker fences the visits off first
(their tokens open nothing, readers of the log pass over them), erases them from every store, and
again some moments later, since what was on its way has arrived by then. What a store cannot do now
waits, and is said to. The receipt is signed and names nobody.
"""

"""Signals: what whole sessions say of a product, each a summand beside the priors.

To add one, write a file with a `Signal` (see `neighbours.py`) and put it into `registry.py`. Its
words, its weight and its place in explanations and records follow from that: the night fits a
weight for it beside the others' on the shop's own last sessions, and one that gains nothing there
weighs 0 and is not asked. Generations whose night has fitted none for it rank as they did.

What a signal reads must be the same at night and in a decision, so it reads a `SessionVisit` and
nothing else: the session, the index, and lists of the generation. None reads lists yet: the job
that fits has to hand them to `fit_weights` for the first one that does.
"""

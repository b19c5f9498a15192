"""Day partials: what a night counts of single days, kept so that it is counted once.

Every row of a partial says of which day it is, and is made of the events of that day alone. So a
night reads the new days, keeps those of the others, and adds up: the sums are the same as over the
whole history, whatever was kept.
"""

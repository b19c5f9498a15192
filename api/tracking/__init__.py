"""Takes events: reads the body, judges it, publishes what is good, answers with verdicts."""

"""The HTTP side: takes events, serves profiles, streams and explanations."""

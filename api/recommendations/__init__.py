"""Rows and ranked lists over HTTP: made, kept before they are answered, or handed out as tokens."""

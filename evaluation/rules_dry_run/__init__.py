"""Proposed merchandising rules, tried on past decisions before they are written."""

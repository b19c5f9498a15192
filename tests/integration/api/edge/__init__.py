"""Tests of the API over real stores."""

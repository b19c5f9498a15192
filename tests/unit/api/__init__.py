"""Tests of the API without network or stores."""

"""Tests, by what they need: unit needs nothing, contracts a store, integration several parts."""

"""Tests without sockets, of one feature each; the folders mirror the source's."""

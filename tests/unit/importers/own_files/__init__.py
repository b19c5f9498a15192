"""Importers, on tiny hand-made files and real stores."""

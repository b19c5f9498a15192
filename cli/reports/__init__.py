"""What commands print, as tables and as JSON."""

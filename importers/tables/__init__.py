"""Tables of files, whatever their format: rows with named, typed fields."""

"""Products as shops write them into files, whatever the file's own names for things."""

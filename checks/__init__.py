"""What `make check` asks beside formatter, linter and type checker: names, figures, pages."""

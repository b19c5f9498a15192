"""The client that back ends install, against the real service and against faulty ones."""

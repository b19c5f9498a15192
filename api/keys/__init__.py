"""Who calls: which key a request shows, what its route needs, and how much of it may be used."""

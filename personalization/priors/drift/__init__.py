"""How far the priors of two generations are apart."""

"""The core of Fitting Room: what its words mean, its ports, and the adapters behind them."""

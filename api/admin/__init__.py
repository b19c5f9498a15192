"""What the routes under `/v1/admin` share: their services, their limits, how bodies are read."""

"""What filters ask of the whole catalogue, in memory."""

"""What the service is deployed by, judged by the programs that read it."""

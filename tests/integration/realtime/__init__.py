"""The real-time service's parts over real stores."""

"""Is it an event? What the API and the redrive of dead letters both judge by."""

"""The only code that knows a driver; one package per technology."""

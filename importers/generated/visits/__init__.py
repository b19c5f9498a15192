"""Made-up visits over a catalogue that is in the store, for one that comes without any."""

"""What pages are shown of a catalogue that changes."""

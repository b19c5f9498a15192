"""Pictures of products that come beside a catalogue, as a folder or a tar file."""

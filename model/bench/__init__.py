"""What the parts of a segment cost on this machine."""

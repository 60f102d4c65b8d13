"""Content credentials (C2PA): what a file says of how it was made, signed, and read back."""

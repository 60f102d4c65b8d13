"""What goes with the delivered files: their names, digests, pictures to look at, and timelines."""

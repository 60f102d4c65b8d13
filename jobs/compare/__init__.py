"""Two nights held against each other: what `rushes compare` tells."""

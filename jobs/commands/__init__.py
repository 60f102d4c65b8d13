"""One file for each command of `rushes`."""

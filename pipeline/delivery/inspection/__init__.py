"""What finished files are found to hold: read back, held against their records, and counted."""

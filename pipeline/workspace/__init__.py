"""Where a stage keeps and finds its files."""

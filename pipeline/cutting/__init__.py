"""Where a take is cut into chunks."""

"""One outside tool per file."""

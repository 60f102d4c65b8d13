"""What tools write, read by its meaning."""

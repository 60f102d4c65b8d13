"""What happens to one job on one machine."""

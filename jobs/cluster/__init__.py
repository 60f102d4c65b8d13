"""All of Ray but its metrics."""

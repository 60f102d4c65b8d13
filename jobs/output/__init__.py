"""What a run reads and writes under its output folder."""

"""Scripts without what is not said: marks, directions, letters that stand for others."""

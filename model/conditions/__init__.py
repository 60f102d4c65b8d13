"""What the transformer is told about a take: its picture, its face, its speech and its prompt."""

"""Which finished work is kept, and how the rest is let go."""

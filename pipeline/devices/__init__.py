"""What a machine computes with, and whether it is sound."""

"""How good talking clips are: measures over their frames, and what is kept from training."""

"""How the networks are trained: losses, draws, averages and checkpoints; no files but the last."""

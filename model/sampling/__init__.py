"""From noise to latents: the loop, guidance, draws and caches."""

"""The network, in diffusers' words."""

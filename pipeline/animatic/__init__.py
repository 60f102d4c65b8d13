"""The animatic: a portrait that talks by a mesh warp driven by phones; a proof, no performance."""

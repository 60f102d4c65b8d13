"""Speech into the slot of its scene, over a bed."""

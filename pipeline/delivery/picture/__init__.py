"""What is done to the frames between the stitched reel and the encoder: one step a file."""

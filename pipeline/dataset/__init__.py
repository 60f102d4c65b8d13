"""What the networks are trained on: shots of talking portraits, rendered or recorded."""

"""What a run would refuse of a row, told before it."""

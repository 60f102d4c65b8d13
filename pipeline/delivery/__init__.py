"""What can be delivered of a row, and how each of it is made."""

"""The day an accelerator is at hand: parts that can be stopped, and go on with what is missing."""

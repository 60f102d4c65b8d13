"""What is measured on the day an accelerator is at hand, part by part."""

"""The commands of the morning: what a night came to is looked at, judged and mended."""

"""A suite that any renderer can be held against."""

"""Commands that prove something about this machine or about a renderer."""

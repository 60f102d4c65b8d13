"""How Hallo3's parts fit a card."""

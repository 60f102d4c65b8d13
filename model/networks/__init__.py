"""The transformer, the reference network and what they are built of."""

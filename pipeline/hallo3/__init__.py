"""The renderer `hallo3`: the transformer behind the door that every renderer comes through."""

"""Small manifests to try things with."""

"""Pictures and videos of a studio, opened safely."""

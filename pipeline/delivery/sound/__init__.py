"""The sound of a deliverable: how loud it is, what it may not pass, and what was measured of it."""

"""Recordings, their tracks and samples, and the two sound files of a take."""

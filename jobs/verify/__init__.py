"""Whether the files of a run are those that were made, and come out the same again."""

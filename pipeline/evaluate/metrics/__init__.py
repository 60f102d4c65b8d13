"""Folders of clips judged as papers judge them: distances, lips and voice, identity, flicker."""

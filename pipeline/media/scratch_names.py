"""How folders in this machine's scratch are called, for those who find one from within another."""

DESK = "desk-"
"""How the folders begin in which work is done; what is kept lies beside them."""

SPOKEN = "spoken"
"""Folder of what voices said."""

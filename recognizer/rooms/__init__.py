"""Rooms: codes, names that tell nothing, who is in, and what a teacher does with a room as a whole.

Left out on purpose: figures, reviews and versions of a room, which are `training.rooms`'."""

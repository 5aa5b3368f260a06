"""What a room shows and does: its figures, its wall, its teacher's desk, and versions of its own.

Left out on purpose: who is in a room, which is `recognizer.rooms`'."""

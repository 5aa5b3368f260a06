"""Who may come in as staff, and for how long: wrong passwords, one-time codes, sessions.

What staff may do once they are in is said by groups and permissions."""

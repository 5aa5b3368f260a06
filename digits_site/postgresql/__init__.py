"""Django's PostgreSQL, asked more seldom whether it is still there."""

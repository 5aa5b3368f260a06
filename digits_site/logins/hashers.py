"""Passwords are kept by Argon2id, with as much memory as OWASP asks for twice over, and no more.

Django's own measure, 100 MB a login, would let a handful of strangers at the login page fill a small machine. Hashes of
other kinds are turned into this one at the next login."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    memory_cost = 38_912  # kibibytes
    time_cost = 2
    parallelism = 1

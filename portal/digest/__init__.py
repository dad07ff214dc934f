"""E-mail digests: who asked for what, and what is due.

Addresses are the only thing that the portal keeps about people, in a database of their own.
"""

"""A small MongoDB: users, grants, databases, and the shell that talks to it."""

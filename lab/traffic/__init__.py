"""Requests of users through an application, worked out from the state of its cluster when somebody asks."""

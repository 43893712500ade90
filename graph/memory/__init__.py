"""The long-term memory: what is kept of an incident, how it comes back to mind, and how it is said."""

"""The Observer's runtime: what readers that err do to it, and what it shows against the plain baseline."""

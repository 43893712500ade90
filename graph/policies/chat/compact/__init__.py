"""The compact form, for small models: a bounded case, and a decision that is picked from a numbered list."""

"""The compact form as training data: rows of its steps, and what a pick is worth."""

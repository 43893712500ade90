"""The model client: the one home of `openai`."""

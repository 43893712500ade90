"""The texts a model is given: Markdown files beside this one, rendered strictly."""

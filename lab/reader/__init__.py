"""Models by script, which read what a model is shown and nothing else: no object of the lab gets in here.

They measure the runtime around a model: what a perfect reader could do with a prompt, and what becomes of an
incident when a reader errs. Nothing in this package imports anything of AOI outside it.
"""

"""Training of the Observer: the only place that imports torch, in a process and an environment of its own.

`python -m learn.grpo --profile tiny --data DIR --out DIR` reads the files of `docs/learning.md` and writes an
adapter with a card. What needs no torch (profile, data, progress, card) is in modules that import none.
"""

"""Runs of the lab for learning: on this machine, a share of them, or over a Ray cluster, behind one port."""

"""Random sequences of what can happen: none of them leads to a write without a matching approval."""

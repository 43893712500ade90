"""What stops an action: a closed list of allowed writes, and rules that refuse with one sentence and a way out."""

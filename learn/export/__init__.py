"""Data sets in the forms that TRL takes, split by families of faults, with a card and a check for secrets."""

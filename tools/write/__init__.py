"""Actions: one typed write each, with risk, precondition, dry run, diff and undo."""

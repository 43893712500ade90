"""The executor: the only holder of the writer. It takes grants from the ledger and nothing else."""

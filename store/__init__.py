"""SQLModel tables, repositories and migrations: the only SQL."""

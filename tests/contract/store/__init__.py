"""The stores keep the promises of domain.ports, on SQLite and on PostgreSQL."""

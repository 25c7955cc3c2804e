"""The ledger in SQL: the same tables, migrations and behaviour on SQLite and PostgreSQL."""

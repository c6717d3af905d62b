"""The database: engine, transactions, column types and the migrations."""

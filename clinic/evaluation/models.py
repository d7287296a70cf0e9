"""No tables: evaluation reads files and writes files."""

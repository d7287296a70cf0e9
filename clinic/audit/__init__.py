"""The decision log. `from clinic.audit.log import record` is what the rest of the house uses."""

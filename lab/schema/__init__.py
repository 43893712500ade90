"""The scenario format for editors and readers: a JSON schema and tables, made from the models."""

"""Checks of the configuration that a schema cannot express: one module a section of config.yaml."""

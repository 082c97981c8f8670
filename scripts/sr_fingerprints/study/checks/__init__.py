"""Checks of the configuration that a schema cannot express: one module per section of config.yaml."""

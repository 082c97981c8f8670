"""The command `sr-fingerprints`: `arguments` says what it takes, and each sub-command has a module."""

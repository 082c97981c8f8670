"""Photographs by name: the rows of ``resources/photographs.yaml``, fetched, verified and unpacked."""

"""A study's results as one archive for others: an RO-Crate, zipped.

``crate`` is the entry point. ``jobs`` reads what jobs recorded, ``steps`` and ``inputs`` describe them and what they
began with, ``workflow_files`` and ``contents`` choose the files, ``zipped`` writes them.
"""

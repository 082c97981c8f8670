"""The report: a small static site that opens from the file system, with every number, table, figure and network."""

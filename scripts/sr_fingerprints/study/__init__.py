"""The study: its configuration, table of networks, experiments and estimated cost."""

"""What is studied: the configuration, the table of networks, the experiments, and what they will cost."""

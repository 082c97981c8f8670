"""Running of jobs: logging, devices, memory, termination. Nothing here affects results."""

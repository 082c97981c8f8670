"""How a job runs: its log, its devices, its memory, its end. Nothing here decides what a job writes."""

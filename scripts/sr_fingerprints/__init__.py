"""Fingerprints of super-resolution networks: the library behind the workflow.

In the order of the data: `study` has the configuration and the experiments; `photos` prepares the input; `networks`
trains, downloads and loads the networks; `images` super-resolves the photos and measures image quality; `classifiers`
and `prnu` attribute the images to networks; `attribution` answers for single images of any origin, and `command` is
its console command; `tables`, `figures` and `report` show the results. `files` reads and writes the files in between,
and `runtime` runs jobs.
"""

"""Fingerprints of super-resolution networks: the library behind the workflow.

In the order of the data: `study` says what is studied; `photos` makes the input; `networks` are trained or fetched,
and loaded; `images` are what they make of the photos, and how good that is; `classifiers` and `prnu` learn from the
images which network made them; `tables`, `figures` and `report` show it. `files` has the files in between, and
`runtime` how jobs run.
"""

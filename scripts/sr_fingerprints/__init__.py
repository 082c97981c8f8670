"""Fingerprints of super-resolution networks: the library behind the workflow.

In the order of the data: `photographs` and `low_resolution` make the input; `networks`, `training` and `weights`
the networks; `generation` the super-resolved images, `quality` their measures; `classifiers` and `prnu` learn from
them who made them; `tables` and `figures` show it. `storage` and `predictions` are the files in between.
"""

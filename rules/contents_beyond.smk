"""Tables and figures that the paper has nothing like: does attribution hold outside the laboratory? No rules."""

BEYOND = {}
"""As `NEEDS`: what each is about, and the experiments of the study that it has; a study with none is without it."""

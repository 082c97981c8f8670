"""Trust in the experiment: is a network recognised, or how it was applied, or of what the photos are?"""

import os

# Before torch is imported: threads of one job that wait for each other on cores that other jobs use would spin, which
# takes twenty times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

"""Eight custom networks: two architectures, two losses, two seeds."""

from sr_fingerprints.study.network_row import NetworkRow

CUSTOM = [
    NetworkRow(f"{architecture}-d-x2-{loss}-s{seed}", architecture, "d", 2, loss, seed, "custom")
    for architecture in ("EDSR", "RCAN")
    for loss in ("L1", "GAN")
    for seed in (1, 2)
]

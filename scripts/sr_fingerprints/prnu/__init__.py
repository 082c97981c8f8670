"""Photo-response non-uniformity (PRNU), the baseline: networks are identified as cameras are by their sensor noise.

The noise residual of an image is what a denoiser removes from it. The mean residual of many images of one
network is the network's fingerprint, and an image is attributed to the network whose fingerprint its residual
matches best (Marra et al. 2019, "Do GANs leave artificial fingerprints?", who applied to generative
networks the method of Lukas, Fridrich and Goljan 2006 for cameras).
"""

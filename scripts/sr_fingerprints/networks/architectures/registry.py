"""The module of every architecture. Code digests exclude this file: a new architecture does not affect the others."""

PUBLISHED = {
    "DRN": "drn",
    "EDSR": "edsr",
    "ESRGAN": "esrgan",
    "EnhanceNet": "enhancenet",
    "LIIF": "liif",
    "NCSR": "ncsr",
    "NLSN": "nlsn",
    "ProSR": "prosr",
    "RCAN": "rcan",
    "RDN": "rdn",
    "Real_ESRGAN": "real_esrgan",
    "SAN": "san",
    "SPSR": "spsr",
    "SRFBN": "srfbn",
    "SwinIR": "swinir",
}
"""The module of each architecture in ``published/``."""

TRAINED = {"EDSR": "edsr", "RCAN": "rcan", "SwinIR": "swinir", "RDN": "rdn", "NLSN": "nlsn"}
"""The module of each architecture in ``trained/``."""

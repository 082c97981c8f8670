"""The file of every architecture. Code digests leave this module out: a new architecture concerns no other one."""

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

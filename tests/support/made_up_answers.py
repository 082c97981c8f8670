"""Answers that no image was needed for."""

from sr_fingerprints.attribution.decisions import (
    VERSION,
    Attribution,
    Candidate,
    ImageFacts,
    OpenSet,
    Parsed,
    Stability,
    Variation,
)
from sr_fingerprints.attribution.residual_fingerprints import PrnuEvidence


def made_up_answer(path="a.png", image="a" * 64, bundle="b" * 64, decision="network"):
    """An answer with text that files have to quote."""
    return Attribution(
        version=VERSION,
        image=ImageFacts(path, image, 640, 480),
        bundle={"name": "made up", "sha256": bundle},
        decision=decision,
        answer="N1",
        words="Network, the 1st",
        members=("N1",),
        probability=0.97,
        super_resolved=0.99,
        reason='it is "N1", as said',
        candidates=(Candidate("N1", "Network, the 1st", "network", None, "MIT", 0.97, 1.2, "moderate support"),),
        prediction_set=("N1", "N2"),
        parsers={key: Parsed("x", {"x": 1.0}) for key in ("scale", "loss", "family")},
        open_set=OpenSet(0.5, 1.5, 0.05),
        prnu=PrnuEvidence("x", "X", 0.5, 0.2, 0.75, {"x": 0.5}),
        stability=Stability(True, (Variation("JPEG 90", "network", "N1", 0.9),)),
        crops=4,
        limits=("small", "grey"),
    )

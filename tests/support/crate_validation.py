"""What the validator of RO-Crates (roc-validator) says of a crate, without the network."""

import json
from importlib.resources import files

import requests
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
WORKFLOW = "https://bioschemas.org/ComputationalWorkflow"
AS_IN_1_1 = {
    "ComputationalWorkflow": WORKFLOW,
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": f"{WORKFLOW}#input",
    "output": f"{WORKFLOW}#output",
}
LATER = {"buildInstructions", "sha256"}


def context():
    """The context that comes with the package `rocrate`, with the terms that crates have as version 1.1 has them."""
    document = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text())
    document["@context"] = {
        term: meaning for term, meaning in (document["@context"] | AS_IN_1_1).items() if term not in LATER
    }
    return document


def issues(folder, cache, monkeypatch, severity=Severity.REQUIRED, profile="provenance-run-crate-0.5"):
    """Issues of at least this severity, by a profile and all that it extends; ``cache`` is a path for nothing."""

    def get(_, url, **options):
        assert url == CONTEXT, f"{url}: the network is not to be used"
        response = requests.Response()
        response.status_code, response.url = 200, url
        response.headers["Content-Type"] = "application/ld+json"
        response._content = json.dumps(context()).encode()
        return response

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)
    settings = ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier=profile,
        requirement_severity=severity,
        offline=True,
        cache_path=cache,
        skip_availability_check=True,
    )
    return [
        f"{issue.check.identifier}: {issue.message} ({issue.violatingEntity})"
        for issue in services.validate(settings).get_issues(severity)
    ]

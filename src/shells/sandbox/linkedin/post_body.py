"""The body of a create in the Posts API, held against the post schema and against its author."""

from typing import Any

from shells.sandbox.linkedin.errors import LinkedInError, bad_request, not_in_schema
from shells.sandbox.linkedin.restli import Schema, record_problems
from shells.sandbox.linkedin.switches import Switches

COMMENTARY_MAX = 3000
VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER")
_POST: Schema = {
    "author!": str,
    "commentary!": str,
    "visibility!": VISIBILITIES,
    "distribution!": dict,
    "lifecycleState!": ("DRAFT", "PUBLISHED", "PUBLISH_REQUESTED", "PUBLISH_FAILED"),
    "isReshareDisabledByAuthor": bool,
    "content": dict,
    "reshareContext": dict,
    "container": str,
    "adContext": dict,
    "contentLandingPage": str,
    "contentCallToActionLabel": str,
}
_DISTRIBUTION: Schema = {
    "feedDistribution!": ("MAIN_FEED", "NONE"),
    "targetEntities": list,
    "thirdPartyDistributionChannels": list,
}
_RESHARE: Schema = {"parent!": str, "root": str}


def check_body(body: dict[str, Any]) -> None:
    """The record alone. Raises LinkedInError 422."""
    problems = record_problems(body, _POST)
    for name, schema in (("distribution", _DISTRIBUTION), ("reshareContext", _RESHARE)):
        if isinstance(value := body.get(name), dict):
            problems += record_problems(value, schema, f"/{name}")
    if problems:
        raise not_in_schema(problems)


def check_meaning(body: dict[str, Any]) -> None:
    """What the record says. Raises LinkedInError 400."""
    if body["lifecycleState"] != "PUBLISHED":
        raise bad_request("INVALID_VALUE_FOR_FIELD", "lifecycleState must be PUBLISHED", field="lifecycleState")
    organization = body["author"].startswith("urn:li:organization:")
    if body["visibility"] == "CONTAINER" or (organization and body["visibility"] == "CONNECTIONS"):
        raise bad_request("INVALID_VALUE_FOR_FIELD", "visibility is not open to this author", field="visibility")
    if body["distribution"].get("targetEntities"):
        # Targeting takes an audience of more than 300 followers, which nobody here has.
        words = "The targeted audience is too small"
        raise bad_request("INVALID_VALUE_FOR_FIELD", words, field="distribution/targetEntities")
    if len(body["commentary"]) > COMMENTARY_MAX:
        words = f"The length of commentary exceeds {COMMENTARY_MAX}"
        raise bad_request("FIELD_LENGTH_TOO_LONG", words, field="commentary")


def check_commentary(body: dict[str, Any], *, has_content: bool, switches: Switches) -> None:
    """Only a reshare, and usually a post with content, may be without words. Raises LinkedInError 422."""
    excused = "reshareContext" in body or (has_content and not switches.commentary_required)
    if not body["commentary"].strip() and not excused:
        raise LinkedInError(422, "commentary is required", code="UNPROCESSABLE_ENTITY")

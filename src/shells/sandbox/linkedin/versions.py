"""Which monthly versions of the API answer (LinkedIn Marketing API versioning, as of November 2026)."""

import re

from shells.sandbox.linkedin.errors import LinkedInError, bad_request

# 202511 was shut down on 16 November 2026; 202512 never existed.
ACTIVE_VERSIONS = frozenset(f"2026{month:02}" for month in range(1, 12))
_VERSION = re.compile(r"^(\d{6})(?:\.(\d{2}))?$")


def check_version(version: str | None, dead: frozenset[str]) -> str:
    """The version as error messages spell it, `20260901`. Raises LinkedInError: 400 for none, 426 for one not active."""
    if not version:
        words = "A version must be present. Please specify a version by adding the Linkedin-Version header."
        raise bad_request("VERSION_MISSING", words)
    found = _VERSION.match(version)
    spelled = f"{found[1]}{found[2] or '01'}" if found else version
    if found is None or found[1] not in ACTIVE_VERSIONS or found[1] in dead:
        raise LinkedInError(426, f"Requested version {spelled} is not active", code="NONEXISTENT_VERSION")
    return spelled

"""The API is what its document says: calls made up from it meet no fault of ours, and no answer that it hides."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance

from shells.cli.demonstration.visitor import CONSENTS, Visitor
from tests.running import Running

# Signing out ends the session that all the others need, a stream has no end, and a link's answer is the platform's.
LEFT_OUT = ["/auth/logout", "/events", "/oauth/{platform}/callback", "/me/sessions"]
WANTED = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
HURRIED = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@pytest.fixture(scope="module")
def person(stack: Running) -> Iterator[Visitor]:
    visitor = stack.visitor()
    for consent in CONSENTS[:2]:
        visitor.link(consent)
    yield visitor
    visitor.close()


def complaints(running: Running, **identity: Any) -> list[str]:
    """What each documented call answered that it should not, over calls made up from the document."""
    document = schemathesis.openapi.from_url(f"{running.web}/schema/openapi.json").exclude(path=LEFT_OUT)
    found = []
    for result in document.get_all_operations():
        operation = result.ok()
        try:
            _tried(operation, identity)()
        except Exception as error:
            found.append(f"{operation.label}: {error}"[:600])
    return found


def _tried(operation: Any, identity: dict[str, Any]) -> Callable[[], None]:
    @HURRIED
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.validate_response(case.call(**identity), checks=WANTED)

    return call


@pytest.mark.timeout(180)
def test_signed_out_every_call_is_answered_as_documented(running: Running) -> None:
    assert complaints(running) == []


@pytest.mark.timeout(180)
def test_signed_in_every_call_is_answered_as_documented(running: Running, person: Visitor) -> None:
    assert complaints(running, headers={"x-csrf-token": person.csrf}, cookies=person.cookies) == []

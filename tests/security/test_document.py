"""The API is what its document says: calls made up from it meet no fault of ours, and no answer that it hides."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
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
# Where the answer of what makes something holds its id, and what others call that.
MADE = {
    ("post", "/content", "201"): ("content_id", "/id"),
    ("post", "/me/api-keys", "201"): ("key_id", "/api_key/id"),
}
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


def _linked(described: dict[str, Any]) -> dict[str, Any]:
    """The document with a link from what a call made to each call that names such a thing."""
    for (method, path, status), (parameter, place) in MADE.items():
        links = described["paths"][path][method]["responses"][status].setdefault("links", {})
        for named, operations in described["paths"].items():
            if f"{{{parameter}}}" in named:
                for operation in operations.values():
                    identifier = operation["operationId"]
                    links[identifier] = {
                        "operationId": identifier,
                        "parameters": {f"path.{parameter}": f"$response.body#{place}"},
                    }
    return described


def _sound(label: str, body: Any) -> Any:
    """A made-up body without what no document can say: that media were uploaded, that a time is to come, that it is not blank."""
    if not isinstance(body, dict):
        return body
    if label in ("POST /content", "POST /content/preview", "PATCH /content/{content_id}", "POST /content/{content_id}/resend"):
        # Held for as long as can be: what a worker does meanwhile is no part of the course.
        return {"hold_seconds": 300, "body": str(body.get("body") or "").replace("\0", "").strip()[:500] or "Made up"}
    if label == "POST /me/api-keys":
        return {"name": "Made up", "scopes": ["content:read"]}
    return body


@pytest.mark.timeout(180)
@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "signed out"])
def test_calls_that_follow_from_one_another_are_answered_as_documented(running: Running, signed_in: bool) -> None:
    """What one call made, the next ones read, change and end, in any order; signed out there is nothing to follow."""
    described = _linked(httpx.get(f"{running.web}/schema/openapi.json").json())
    document = schemathesis.openapi.from_dict(described).exclude(path=LEFT_OUT)
    document.config.update(base_url=running.web)
    document.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE], with_security_parameters=False)
    machine: Any = document.as_state_machine()
    seen: set[tuple[str, int]] = set()

    class Following(machine):  # type: ignore[misc]  # made from the document
        def setup(self) -> None:
            self.person = running.visitor()  # each course begins anew, and can be gone again

        def teardown(self) -> None:
            self.person.close()

        def before_call(self, case: Any) -> None:
            case.body = _sound(case.operation.label, case.body)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"x-csrf-token": self.person.csrf}, "cookies": self.person.cookies} if signed_in else {}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            seen.add((case.operation.label, response.status_code))
            case.validate_response(response, checks=WANTED)

    steps = settings(HURRIED, max_examples=30 if signed_in else 8, stateful_step_count=12, phases=(Phase.generate,))
    run_state_machine_as_test(Following, settings=steps)
    followed = {label for label, status in seen if "{content_id}" in label and status < 300}
    assert (("POST /content", 201) in seen) == signed_in
    assert bool(followed) == signed_in, "what was made is followed up with success, too"
    assert all(status < 500 for _, status in seen)

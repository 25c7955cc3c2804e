"""What a refusal carries: words for a person, and a code for a program."""

import pytest

from distribution_core.domain.errors import ConflictError, InvalidInputError, LinkRefusedError, Problem


def test_what_is_wrong_with_an_input_is_kept_apart_and_told_together() -> None:
    problems = (Problem(code="a", message="Too long.", field="body"), Problem(code="b", message="Not taken.", platform="tiktok"))
    error = InvalidInputError(*problems)
    assert error.problems == problems
    assert str(error) == "Too long.; Not taken."


@pytest.mark.parametrize("kind", [ConflictError, LinkRefusedError])
def test_a_refusal_has_a_code_and_says_no_more_than_its_message(kind: type[ConflictError | LinkRefusedError]) -> None:
    error = kind("gone", "It was taken back.")
    assert (error.code, str(error)) == ("gone", "It was taken back.")

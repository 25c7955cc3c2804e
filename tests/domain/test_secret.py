"""A secret shows itself nowhere but where it is asked to."""

import json
import logging
import pickle
import pprint
import traceback

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.secret import Secret

VALUE = "hunter2-hunter2"


@frozen(kw_only=True)
class Holder:
    """Something that has a secret among its fields."""

    token: Secret
    others: tuple[Secret, ...] = ()


def test_it_is_revealed_on_demand() -> None:
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(VALUE)),
        str(Secret(VALUE)),
        f"{Secret(VALUE)} {Secret(VALUE)!r} {Secret(VALUE)!s} {Secret(VALUE)!a}",
        "{}".format(Secret(VALUE)),  # noqa: UP032 - each way of formatting is tried
        "%s %r" % (Secret(VALUE), Secret(VALUE)),  # noqa: UP031
        repr([Secret(VALUE), {"token": Secret(VALUE)}]),
        pprint.pformat({"token": Secret(VALUE)}),
        repr(Holder(token=Secret(VALUE), others=(Secret(VALUE),))),
        "\n".join(dir(Secret(VALUE))),
    ],
)
def test_no_text_shows_it(shown: str) -> None:
    assert VALUE not in shown


def test_a_text_says_that_something_is_kept_back() -> None:
    assert (repr(Secret(VALUE)), str(Secret(VALUE))) == ("Secret(***)", "Secret(***)")


def test_it_says_why_it_does_not_change_and_is_not_pickled() -> None:
    with pytest.raises(AttributeError, match=r"^a secret does not change$"):
        Secret(VALUE)._value = "x"  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"^a secret is not pickled$"):
        pickle.dumps(Secret(VALUE))


def test_no_error_shows_it() -> None:
    secret = Secret(VALUE)
    attempts = [
        lambda: f"{secret:>40}",
        lambda: json.dumps({"token": secret}),
        lambda: secret + "x",  # type: ignore[operator]
        lambda: "x" + secret,  # type: ignore[operator]
        lambda: b"".join([secret]),  # type: ignore[list-item]
        lambda: int(secret),  # type: ignore[call-overload]
        lambda: secret < Secret("x"),  # type: ignore[operator]
        lambda: setattr(secret, "_value", "x"),
        lambda: secret.value,  # type: ignore[attr-defined]
        lambda: vars(secret),
        lambda: pickle.dumps(secret),
        lambda: pickle.dumps(Holder(token=secret)),
    ]
    for attempt in attempts:
        with pytest.raises((TypeError, AttributeError)) as caught:
            attempt()
        shown = "".join(traceback.format_exception(caught.value))
        assert VALUE not in shown


def test_no_log_line_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("token %s in %r", Secret(VALUE), Holder(token=Secret(VALUE)))
    assert "Secret(***)" in caplog.text
    assert VALUE not in caplog.text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_secrets_compare_by_value_and_with_secrets_only(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)
    assert Secret(one) != one
    assert (hash(Secret(one)) == hash(Secret(other))) == (one == other)
    assert bool(Secret(one)) == bool(one)

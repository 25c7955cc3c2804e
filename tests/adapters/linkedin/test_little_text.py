"""Commentary shows exactly what was written, whatever characters it has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.linkedin.little_text import RESERVED, escape, plain
from adapters_platforms.linkedin.rendering import problem_of
from adapters_platforms.manifest import load_manifest
from distribution_core.domain.post import Post
from distribution_core.domain.rules import text_length

TRICKY = st.text(alphabet=st.one_of(st.sampled_from(RESERVED + " \n:/a1é"), st.characters()), max_size=80)
RULES = load_manifest("adapters_platforms.linkedin").rules


def as_read_back(commentary: str) -> str:
    """What LinkedIn's finder returns for it: hashtags as templates."""
    return re.sub(r"(?<!\\)#(\w+)", r"{hashtag|\\#|\1}", commentary)


@given(TRICKY)
def test_what_we_escape_shows_as_it_was_written(text: str) -> None:
    assert plain(escape(text)) == text
    assert plain(escape(text, urls_keep_underscores=True)) == text


@given(TRICKY)
def test_nothing_reserved_is_left_bare_but_a_hashtag_s_sign(text: str) -> None:
    without_pairs = re.sub(r"\\[\s\S]", "", escape(text))
    assert not set(without_pairs) & (set(RESERVED) - {"#"})
    bare = len(re.findall("#", without_pairs))
    assert bare <= len(re.findall(r"(?:^|[\s(\[{\"'«“‘])#\w", text))


@given(TRICKY)
def test_hashtag_templates_read_back_as_the_same_text(text: str) -> None:
    # LinkedIn makes a template of each bare #word; everything else comes back as it was sent.
    assert plain(as_read_back(escape(text))) == text


@given(TRICKY)
def test_the_rules_never_count_less_than_is_sent(text: str) -> None:
    assert len(escape(text)) <= text_length(RULES, text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hi (all) #news", r"Hi \(all\) #news"),
        ("#first and (#second)", r"#first and \(#second\)"),
        ("C# is #1, a ## b, #_x", r"C\# is \#1, a \#\# b, \#\_x"),
        ("back\\slash", r"back\\slash"),
        ("a@b.test <x> {y} [z] | ~ *", r"a\@b.test \<x\> \{y\} \[z\] \| \~ \*"),
        ("#snake_case", r"#snake\_case"),
        ("https://a.test/#part", r"https://a.test/\#part"),
        ("https://a.test/?utm_source=x y_z", r"https://a.test/?utm\_source=x y\_z"),
    ],
)
def test_examples(text: str, sent: str) -> None:
    assert escape(text) == sent


def test_underscores_in_urls_stay_bare_where_that_is_set() -> None:
    assert escape("https://a.test/?utm_source=x y_z", urls_keep_underscores=True) == r"https://a.test/?utm_source=x y\_z"


@pytest.mark.parametrize(("text", "taken"), [("(" * 1500, True), ("(" * 1500 + "a", False), ("a" * 3000, True)])
def test_three_thousand_characters_count_as_escaped(text: str, taken: bool) -> None:
    found = problem_of(Post(text=text), "member", urls_keep_underscores=False)
    assert (found is None) is taken
    assert (text_length(RULES, text) <= RULES.text_max) is taken

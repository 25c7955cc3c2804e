"""Little text: what of a commentary people see, and how it reads back. Texts are written as the format's page has them."""

from typing import Any

import pytest

from tests.sandbox.linkedin.conftest import WORKS


@pytest.mark.parametrize(
    ("commentary", "text"),
    [
        ("Plain words, 100% & more!\nSecond line", "Plain words, 100% & more!\nSecond line"),
        (r"Hi \(all\) \<3 \[x\] \{y\} a\@b.test \*z\* \~5 a\|b c\\d \#not", r"Hi (all) <3 [x] {y} a@b.test *z* ~5 a|b c\d #not"),
        ("Fresh #bakery news", "Fresh #bakery news"),
        (r"Fresh {hashtag|\#|bakery} news", "Fresh #bakery news"),
        ("Thanks @[Lovelace Works](urn:li:organization:55001)!", "Thanks Lovelace Works!"),
        ("Cut (here) please", "Cut "),
        (r"One \(two\) (three)", "One (two) "),
        ("Snake_case and *stars* <b>", "Snake_case and *stars* <b>"),
        ("Naïve → ✅ 🥐", "Naïve → ✅ 🥐"),
    ],
)
def test_what_people_see(linkedin: Any, commentary: str, text: str) -> None:
    assert linkedin.create(linkedin.token(), commentary).status_code == 201
    assert linkedin.posts()[0]["text"] == text


@pytest.mark.parametrize("reserved", list("|{}@[]()<>*_~"))
def test_each_reserved_character_may_cut(linkedin: Any, reserved: str) -> None:
    linkedin.switch(cut_at_all_reserved=True)
    token = linkedin.token()
    linkedin.created(token, f"Before {reserved} after")
    linkedin.created(token, f"Escaped \\{reserved} after #word")
    assert [post["text"] for post in linkedin.posts()] == ["Before ", f"Escaped {reserved} after #word"]


def test_a_lone_backslash_or_hash_may_cut(linkedin: Any) -> None:
    linkedin.switch(cut_at_all_reserved=True)
    token = linkedin.token()
    for commentary in (r"A \o/", "B # c", "C#d"):
        linkedin.created(token, commentary)
    assert [post["text"] for post in linkedin.posts()] == ["A ", "B ", "C"]


def test_escapes_in_urls_may_show(linkedin: Any) -> None:
    token = linkedin.token()
    linkedin.created(token, r"At https://a.test/x\_y and z\_z")
    linkedin.switch(urls_keep_backslashes=True)
    linkedin.created(token, r"Also https://a.test/x\_y and z\_z")
    texts = [post["text"] for post in linkedin.posts()]
    assert texts == ["At https://a.test/x_y and z_z", r"Also https://a.test/x\_y and z_z"]


@pytest.mark.parametrize(
    ("commentary", "read"),
    [
        ("Fresh #bakery #news_now", r"Fresh {hashtag|\#|bakery} {hashtag|\#|news_now}"),
        (r"Hi \(all\) \#not", r"Hi \(all\) \#not"),
        (r"Fresh {hashtag|\#|bakery}", r"Fresh {hashtag|\#|bakery}"),
        ("Cut (here) #gone", "Cut "),
    ],
)
def test_how_it_reads_back(linkedin: Any, commentary: str, read: str) -> None:
    token = linkedin.token("community")
    urn = linkedin.created(token, commentary, WORKS)
    assert linkedin.one("GET", urn, token).json()["commentary"] == read
    assert linkedin.find(token, WORKS).json()["elements"][0]["commentary"] == read

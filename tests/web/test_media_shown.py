"""A draft's pictures after a reload: by key for their user, by a link that ends for everybody else."""

import httpx

from shells.cli.demonstration.visitor import Visitor
from tests.running import Running
from tests.web.test_content import png, refusal


def test_a_user_sees_their_media_again(running: Running, visitor: Visitor) -> None:
    data = png(33)
    key = visitor.upload(data, "image/png")
    answer = visitor._client.get(f"/media/{key}")
    assert (answer.status_code, answer.content) == (307, b"")
    assert answer.headers["cache-control"].startswith("private")
    shown = httpx.get(answer.headers["location"])
    assert (shown.content, shown.headers["content-type"]) == (data, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]


def test_media_are_listed_in_the_order_of_asking(visitor: Visitor) -> None:
    one, two = visitor.upload(png(1), "image/png"), visitor.upload(png(2), "image/png")
    listed = visitor.get(f"/media?key={two}&key=unknown&key={one}&key={two}")["media"]
    assert [media["key"] for media in listed] == [two, one]
    assert listed[0]["width"] == 640
    assert httpx.get(listed[0]["url"]).content == png(2)


def test_nobody_elses_media_are_shown(running: Running, visitor: Visitor) -> None:
    key = visitor.upload(png(5), "image/png")
    stranger = running.visitor()
    assert refusal(stranger, "GET", f"/media/{key}")[0] == 404
    assert stranger.get(f"/media?key={key}")["media"] == []
    stranger.close()
    assert httpx.get(f"{running.web}/media/{key}").status_code == 401
    assert httpx.get(f"{running.web}/media/{key}?expires=9999999999").status_code == 401
    assert refusal(visitor, "GET", "/media")[0] == 422

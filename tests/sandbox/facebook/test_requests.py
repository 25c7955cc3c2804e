"""How requests may be written: hosts, versions, bodies, tokens; and malformed ones."""

import pytest

from tests.sandbox.facebook.conftest import APP, BAKERY, SECRET, Graph, error_of, photo_call, png, proof


@pytest.mark.parametrize(
    ("version", "served"), [("", "v26.0"), ("v26.0/", "v26.0"), ("v21.0/", "v21.0"), ("v20.0/", "v21.0"), ("v2.3/", "v21.0")]
)
def test_live_dead_and_absent_versions(graph: Graph, version: str, served: str) -> None:
    user = graph.long_token()
    params = {"access_token": user, "appsecret_proof": proof(user)}
    answer = graph.client.get(f"{graph.base}/facebook/graph/{version}me", params=params)
    assert (answer.json()["id"], answer.headers["facebook-api-version"]) == ("1020", served)


@pytest.mark.parametrize("path", ["v27.0/me", "v26.0/me/nothing", "v26.0", "nonsense/path/here/now", "vx/me"])
def test_unknown_paths(graph: Graph, path: str) -> None:
    assert error_of(graph.client.get(f"{graph.base}/facebook/graph/{path}"))[:2] == (400, 2500)


def test_hosts_have_their_own_calls(graph: Graph, page: str) -> None:
    params = {"upload_phase": "start", "file_size": "9"}
    assert graph.call("POST", f"{BAKERY}/videos", page, params=params, host="graph").status_code == 200
    assert graph.call("POST", f"{BAKERY}/videos", page, params=params, host="video").status_code == 200
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, host="video", json={"message": "x"}))[1] == 2500
    assert error_of(graph.call("GET", f"{BAKERY}/videos", page))[1:] == (100, 33)


def test_me_is_the_page_for_a_page_token_and_no_profile_for_a_person(graph: Graph, page: str) -> None:
    assert graph.call("POST", "me/feed", page, json={"message": "As the Page"}).json()["id"].startswith(BAKERY)
    assert error_of(graph.call("POST", "me/feed", graph.long_token(), json={"message": "x"}))[:2] == (403, 200)


def test_multipart_text_and_the_token_in_a_form(graph: Graph, page: str) -> None:
    fields = {"message": "Parts", "access_token": page, "appsecret_proof": proof(page)}
    assert graph.client.post(graph.url(f"{BAKERY}/feed"), data=fields, files={"x": b""}).status_code == 200
    fields["message"] = "Fields"
    assert graph.client.post(graph.url(f"{BAKERY}/feed"), json=fields).status_code == 200
    assert [post["text"] for post in graph.posts()] == ["Parts", "Fields"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"message":"\\ud800"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"nonsense", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"message=%ff", "application/x-www-form-urlencoded"),
        (b"", "text/plain"),
        (b'{"message":"x","attached_media":"1"}', "application/json"),
        (b'{"message":"x","attached_media":[{"media_fbid":[1]}]}', "application/json"),
    ],
)
def test_malformed_bodies_are_graph_errors(graph: Graph, page: str, body: bytes, kind: str) -> None:
    answer = graph.call("POST", f"{BAKERY}/feed", page, content=body, headers={"content-type": kind})
    if answer.status_code != 200:  # undecodable form bytes may come through as replacement characters
        assert error_of(answer)[:2] == (400, 100)
    else:
        assert graph.posts()[0]["text"] == "\ufffd"


def test_tokens_that_are_none(graph: Graph) -> None:
    assert error_of(graph.client.get(graph.url("me")))[:2] == (400, 2500)
    assert error_of(graph.call("GET", "me", "made-up"))[:2] == (400, 190)
    assert error_of(graph.call("GET", "me", f"{APP}|{SECRET}"))[:2] == (400, 2500)
    user = graph.long_token()
    wrong = graph.client.get(graph.url("me"), params={"access_token": user, "appsecret_proof": "ü"})
    assert error_of(wrong)[:2] == (400, 100)


def test_proof_of_the_user_is_not_the_pages(graph: Graph, page: str) -> None:
    user = graph.long_token()
    mixed = {"access_token": page, "appsecret_proof": proof(user)}
    assert error_of(graph.client.post(graph.url(f"{BAKERY}/feed"), params=mixed, json={"message": "x"}))[:2] == (400, 100)
    graph.switch(require_proof=False)
    bare = {"access_token": page}
    assert graph.client.post(graph.url(f"{BAKERY}/feed"), params=bare, json={"message": "x"}).status_code == 200
    assert error_of(graph.client.post(graph.url(f"{BAKERY}/feed"), params=mixed, json={"message": "y"}))[:2] == (400, 100)


def test_timelines_show_posts_and_pictures(graph: Graph, page: str) -> None:
    photo_call(graph, page, png(), caption="Look <b>here</b>", alt_text_custom="A shade")
    text = graph.client.get(f"{graph.base}/facebook/timeline/{BAKERY}").text
    assert "Look &lt;b&gt;here&lt;/b&gt;" in text
    assert 'alt="A shade"' in text

"""Who lives on the imitation Facebook, and the app that asks them."""

from typing import Any

from attrs import field, frozen

APP_ID = "900000000000001"
APP_SECRET = "sandbox-facebook-secret"
APP_NAME = "Simulcast (sandbox app)"
FULL_TASKS = ("ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE")


@frozen(kw_only=True)
class Page:
    """A Page. `portfolio`: owned by a business portfolio, so listed only with business_management."""

    id: str
    name: str
    tasks: tuple[str, ...] = FULL_TASKS
    portfolio: bool = False


@frozen(kw_only=True)
class Person:
    id: str
    name: str
    pages: tuple[Page, ...] = field(default=())


PEOPLE: list[Person] = [
    Person(
        id="1020",
        name="Ada Lovelace",
        pages=(
            Page(id="5550001", name="Ada's Bakery"),
            Page(id="5550002", name="Harbour Books"),
            Page(id="5550003", name="Old Mill", tasks=("ANALYZE", "MODERATE")),
        ),
    ),
    Person(id="1021", name="Noor Haddad"),
    Person(id="1022", name="Max Weber", pages=(Page(id="5550004", name="Night Market", portfolio=True),)),
]
PAGES = {page.id: page for person in PEOPLE for page in person.pages}


def settle_crowd(count: int) -> None:
    """Let `count` more people move in (19000001 ...), each of whom keeps three Pages (55600011, 55600012, 55600013 ...)."""
    for number in range(1, count + 1):
        ids = [f"{5_560_000 + number}{place}" for place in (1, 2, 3)]
        pages = tuple(Page(id=page_id, name=f"Crowd Page {page_id[-4:]}") for page_id in ids)
        PEOPLE.append(Person(id=f"19{number:06}", name=f"Crowd Keeper {number}", pages=pages))
        PAGES.update({page.id: page for page in pages})


def person(person_id: str) -> Person | None:
    return next((known for known in PEOPLE if known.id == person_id), None)


def page_row(page: Page) -> dict[str, Any]:
    """The Page's node without its token."""
    return {
        "id": page.id,
        "name": page.name,
        "category": "Brand",
        "tasks": list(page.tasks),
        "link": f"https://www.facebook.com/{page.id}",
        "is_published": True,
    }

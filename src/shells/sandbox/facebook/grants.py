"""What each person has allowed the app: permissions belong to person and app, whichever login asked for them."""

from attrs import define, evolve, field, frozen

ALWAYS = "public_profile"


@frozen(kw_only=True)
class Grant:
    """Permissions in the order in which they came, and the Pages that were handed over."""

    granted: tuple[str, ...] = (ALWAYS,)
    declined: tuple[str, ...] = ()
    page_ids: tuple[str, ...] = ()


@define
class Grants:
    """One grant a person, for the one app."""

    _by_person: dict[str, Grant] = field(factory=dict)

    def of(self, person_id: str) -> Grant:
        return self._by_person.get(person_id, Grant())

    def answer(
        self, person_id: str, asked: tuple[str, ...], allowed: set[str], page_ids: tuple[str, ...], *, rerequest: bool
    ) -> Grant:
        """A consent. What was declined before is not asked again without auth_type=rerequest; the Pages are chosen anew."""
        old = self.of(person_id)
        put = [scope for scope in asked if scope != ALWAYS and (rerequest or scope not in old.declined)]
        yes = [scope for scope in put if scope in allowed]
        no = [scope for scope in put if scope not in allowed]
        grant = Grant(
            granted=tuple(dict.fromkeys([*(scope for scope in old.granted if scope not in no), *yes])),
            declined=tuple(dict.fromkeys([*(scope for scope in old.declined if scope not in yes), *no])),
            page_ids=page_ids,
        )
        self._by_person[person_id] = grant
        return grant

    def withdraw(self, person_id: str, scope: str) -> bool:
        """Take one permission back, as if it had been declined. False where it was not granted."""
        old = self.of(person_id)
        if scope not in old.granted or scope == ALWAYS:
            return False
        granted = tuple(kept for kept in old.granted if kept != scope)
        self._by_person[person_id] = evolve(old, granted=granted, declined=(*old.declined, scope))
        return True

    def drop(self, person_id: str) -> None:
        """The person removed the app: nothing is remembered, declined permissions neither."""
        self._by_person.pop(person_id, None)

    def clear(self) -> None:
        self._by_person.clear()

"""Who may do what: tokens, their proofs, Pages, tasks and permissions."""

from attrs import define

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import GraphError, missing_object, no_permission
from shells.sandbox.facebook.grants import Grant, Grants
from shells.sandbox.facebook.people import PAGES, PEOPLE, Page
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import Token, TokenBook

_PAGE_TOKEN_WANTED = "A Page access token is required for this call for the new Pages experience."


@define
class Gate:
    """Each method raises GraphError for whoever may not pass."""

    tokens: TokenBook
    grants: Grants
    switches: Switches

    def any(self, parameters: Parameters) -> Token:
        """Any living token with its proof."""
        value, proof = parameters.text("access_token"), parameters.text("appsecret_proof")
        return self.tokens.check(value, proof, require_proof=self.switches.require_proof)

    def user(self, parameters: Parameters) -> Token:
        """A person's token."""
        token = self.any(parameters)
        if token.page_id is not None:
            raise GraphError(100, "(#100) A page access token can't be used here: a user access token is required.")
        return token

    def grant(self, token: Token) -> Grant:
        """What the token may do now: permissions can be taken back after it was issued."""
        return self.grants.of(token.person_id)

    def writer(self, parameters: Parameters, page_id: str) -> Page:
        """The Page that this call may post to: its own token, CREATE_CONTENT, both permissions (Pages API posts guide)."""
        return self.may_write(self.any(parameters), page_id)

    def may_write(self, token: Token, page_id: str) -> Page:
        """The same for a token that was checked already."""
        page = self._own_page(token, page_id)
        if "CREATE_CONTENT" not in page.tasks:
            raise no_permission("The user does not have the CREATE_CONTENT task on this Page.")
        granted = self.grant(token).granted
        if "pages_manage_posts" not in granted:
            raise no_permission(
                "If posting to a page, requires both pages_read_engagement and pages_manage_posts as an admin with sufficient "
                "administrative permission"
            )
        self._engaged(granted)
        return page

    def reader(self, parameters: Parameters, page_id: str, *, all_content: bool = False) -> Page:
        """The Page whose posts this call may read; `all_content` also asks for pages_read_user_content."""
        token = self.any(parameters)
        page = self._own_page(token, page_id)
        granted = self.grant(token).granted
        self._engaged(granted)
        if all_content and "pages_read_user_content" not in granted:
            raise GraphError(10, "(#10) This endpoint requires the 'pages_read_user_content' permission.", status=403)
        return page

    def sees(self, parameters: Parameters, page_id: str, *, public: bool) -> bool:
        """Whether an object of a Page may be read: by the Page, and what is public by a person who handed the Page over.
        A person's token on what is not public is refused in words."""
        token = self.any(parameters)
        if token.page_id is None and not public and page_id in self.grant(token).page_ids:
            raise GraphError(190, _PAGE_TOKEN_WANTED, subcode=2069032)
        if page_id not in self.grant(token).page_ids or token.page_id not in (None, page_id):
            return False
        self._engaged(self.grant(token).granted)
        return True

    def _own_page(self, token: Token, page_id: str) -> Page:
        page = PAGES.get(page_id)
        if page is None:
            if any(person.id == page_id for person in PEOPLE):
                # Posting to profiles ended with publish_actions on 24 April 2018.
                raise no_permission("If posting to a group or profile: publish_actions is removed.")
            raise missing_object(page_id, "post")
        if token.page_id is None:
            raise GraphError(190, _PAGE_TOKEN_WANTED, subcode=2069032)
        if token.page_id != page_id:
            raise no_permission("The token belongs to another Page.")
        if page_id not in self.grant(token).page_ids:
            raise no_permission("The person no longer hands this Page over to the app.")
        return page

    def _engaged(self, granted: tuple[str, ...]) -> None:
        if "pages_read_engagement" not in granted:
            raise GraphError(283, "(#283) Requires pages_read_engagement permission to manage the object")

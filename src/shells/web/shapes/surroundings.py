"""What the browser app is told about its surroundings, as JSON."""

from msgspec import Struct

from distribution_core.domain.rules import PlatformRules, TextUnit
from distribution_core.ports.platform import Platform


class LinkWayOut(Struct, kw_only=True):
    """One way to link a platform's accounts: `app` goes to /oauth/PLATFORM/authorize, `purpose` says what it opens."""

    app: str
    purpose: str
    configured: bool


class TextRulesOut(Struct, kw_only=True):
    """How a platform counts text. `unit` is *characters*, *utf16*, or *escaped*: `escaped` characters count twice."""

    unit: TextUnit
    escaped: str
    text_max: int
    text_max_with_images: int | None
    text_max_with_video: int | None
    title_max: int | None
    needs_media: bool

    @classmethod
    def of(cls, rules: PlatformRules) -> "TextRulesOut":
        return cls(
            unit=rules.text_unit,
            escaped=rules.escaped_characters,
            text_max=rules.text_max,
            text_max_with_images=rules.text_max_with_images,
            text_max_with_video=rules.text_max_with_video,
            title_max=rules.title_max,
            needs_media=rules.needs_media,
        )


class PlatformFactsOut(Struct, kw_only=True):
    id: str
    name: str
    colour: str
    help: str
    ways: list[LinkWayOut]
    text: TextRulesOut

    @classmethod
    def of(cls, platform: Platform) -> "PlatformFactsOut":
        ways = [
            LinkWayOut(app=name, purpose=app.purpose, configured=app.configured) for name, app in platform.authorizer.apps.items()
        ]
        return cls(
            id=platform.id,
            name=platform.name,
            colour=platform.colour,
            help=platform.help,
            ways=ways,
            text=TextRulesOut.of(platform.adapter.rules),
        )


class SsoOut(Struct, kw_only=True):
    """What the identity provider is called."""

    name: str


class SurroundingsOut(Struct, kw_only=True):
    """`sandbox_url`: where the imitation platforms show their timelines; null where platforms are real. `sso`: by what one can
    sign in at /auth/oidc/start; null: by password only."""

    sandbox_url: str | None
    sso: SsoOut | None
    platforms: list[PlatformFactsOut]

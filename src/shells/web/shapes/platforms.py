"""Platforms as JSON: what they take, and what their apps lack."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from distribution_core.domain.rules import MediaRules, PlatformRules
from distribution_core.ports.platform import AppProfile, Platform
from distribution_core.usecases.list_accounts import AccountStanding
from shells.platform_diagnosis import AppDiagnosis


class LackOut(Struct, kw_only=True):
    """One thing to do; `setting` names the environment variable where it is one."""

    code: str
    words: str
    setting: str | None


class MissingScopesOut(Struct, kw_only=True):
    """An account whose consent lacks permissions that are asked for today: reconnect it."""

    account_id: UUID
    display_name: str
    scopes: list[str]


class PlatformAppOut(Struct, kw_only=True):
    """One developer app. `redirect_uri` is what has to be registered with it, to the letter. `lacks` is empty where all is
    well."""

    name: str
    purpose: str
    is_default: bool
    configured: bool
    scopes: list[str]
    redirect_uri: str
    lacks: list[LackOut]
    missing_scopes: list[MissingScopesOut]

    @classmethod
    def of(
        cls, platform: Platform, profile: AppProfile, found: AppDiagnosis, standings: Iterable[AccountStanding]
    ) -> "PlatformAppOut":
        return cls(
            name=profile.name,
            purpose=profile.purpose,
            is_default=profile.name == platform.authorizer.default_app,
            configured=profile.configured,
            scopes=list(profile.scopes),
            redirect_uri=found.redirect_uri,
            lacks=[LackOut(code=lack.code, words=lack.words, setting=lack.setting) for lack in found.lacks],
            missing_scopes=[
                MissingScopesOut(
                    account_id=each.account.id, display_name=each.account.display_name, scopes=list(each.missing_scopes)
                )
                for each in standings
                if each.missing_scopes and (each.account.platform, each.app) == (platform.id, profile.name)
            ],
        )


class MediaRulesOut(Struct, kw_only=True):
    """Sizes in bytes, sides in pixels, durations in milliseconds; null: no limit known. What is `convertible` is taken and
    arrives as `converted_to`."""

    types: list[str]
    convertible: list[str]
    converted_to: str | None
    count_max: int
    size_bytes_max: int | None
    pixels_max: int | None
    side_px_min: int | None
    side_px_max: int | None
    duration_ms_min: int | None
    duration_ms_max: int | None

    @classmethod
    def of(cls, rules: MediaRules | None) -> "MediaRulesOut | None":
        if rules is None:
            return None
        return cls(
            types=sorted(rules.types),
            convertible=sorted(rules.convertible),
            converted_to=rules.converted_to,
            count_max=rules.count_max,
            size_bytes_max=rules.size_bytes_max,
            pixels_max=rules.pixels_max,
            side_px_min=rules.side_px_min,
            side_px_max=rules.side_px_max,
            duration_ms_min=rules.duration_ms_min,
            duration_ms_max=rules.duration_ms_max,
        )


class RulesOut(Struct, kw_only=True):
    """What the platform takes. Lengths are in `text_unit`: characters, utf16, or escaped (each of `escaped_characters` counts
    twice). `options` maps a setting to its values; null: any."""

    text_max: int
    text_max_with_images: int | None
    text_max_with_video: int | None
    text_unit: str
    escaped_characters: str
    text_shown: int | None
    lines_shown: int | None
    title_max: int | None
    needs_media: bool
    mixes_images_and_video: bool
    posts_per_day: int | None
    images: MediaRulesOut | None
    videos: MediaRulesOut | None
    options: dict[str, list[str] | None]

    @classmethod
    def of(cls, rules: PlatformRules) -> "RulesOut":
        return cls(
            text_max=rules.text_max,
            text_max_with_images=rules.text_max_with_images,
            text_max_with_video=rules.text_max_with_video,
            text_unit=rules.text_unit.value,
            escaped_characters=rules.escaped_characters,
            text_shown=rules.text_shown,
            lines_shown=rules.lines_shown,
            title_max=rules.title_max,
            needs_media=rules.needs_media,
            mixes_images_and_video=rules.mixes_images_and_video,
            posts_per_day=rules.posts_per_day,
            images=MediaRulesOut.of(rules.images),
            videos=MediaRulesOut.of(rules.videos),
            options={key: list(values) if values else None for key, values in rules.options.items()},
        )


class PlatformOut(Struct, kw_only=True):
    """`configured`: accounts can be linked through one app at least. `sandboxed`: it is an imitation."""

    id: str
    name: str
    colour: str
    help: str
    sandboxed: bool
    configured: bool
    apps: list[PlatformAppOut]
    rules: RulesOut

    @classmethod
    def of(cls, platform: Platform, apps: list[PlatformAppOut]) -> "PlatformOut":
        return cls(
            id=platform.id,
            name=platform.name,
            colour=platform.colour,
            help=platform.help,
            sandboxed=platform.sandboxed,
            configured=any(app.configured for app in apps),
            apps=apps,
            rules=RulesOut.of(platform.adapter.rules),
        )


class PlatformsOut(Struct, kw_only=True):
    platforms: list[PlatformOut]

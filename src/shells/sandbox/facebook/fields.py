"""The `fields` parameter: what a node may be asked for (the node references of the Graph API)."""

from collections.abc import Mapping
from typing import Any

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import invalid_parameter

_DOCUMENTED = {
    "User": "id name first_name last_name email picture permissions accounts",
    "Page": """id name about access_token app_id business can_post category category_list cover description fan_count
        followers_count has_transitioned_to_new_page_experience instagram_business_account is_published is_verified link
        owner_business picture tasks username verification_status website""",
    "PagePost": """id actions admin_creator application attachments backdated_time call_to_action child_attachments created_time
        event feed_targeting from full_picture icon is_eligible_for_promotion is_expired is_hidden is_popular is_published
        is_spherical message message_tags parent_id permalink_url picture place privacy promotable_id properties
        scheduled_publish_time shares status_type story story_tags target targeting timeline_visibility to updated_time via""",
    "Photo": """id album alt_text alt_text_custom backdated_time can_delete can_tag created_time event from height icon images
        link name name_tags page_story_id picture place source target updated_time webp_images width""",
    "Video": """id ad_breaks backdated_time content_category content_tags copyright created_time custom_labels description
        embed_html embeddable event expiration format from icon is_crosspost_video is_instagram_eligible length live_status
        permalink_url picture place post_id post_views privacy published scheduled_publish_time source spherical status thumbnails
        title universal_video_id updated_time views""",
}
_KNOWN = {node: frozenset(names.split()) for node, names in _DOCUMENTED.items()}


def wanted_fields(parameters: Parameters, node: str, default: str) -> list[str]:
    """The names asked for, without what is nested in them. Raises GraphError for a field the node does not have."""
    names = list(dict.fromkeys(["id", *_split(parameters.text("fields") or default)]))
    for name in names:
        if name not in _KNOWN[node]:
            raise invalid_parameter(f"Tried accessing nonexisting field ({name}) on node type ({node})")
    return names


def pick(row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """What of a row was asked for; what has no value is left out, as Graph does. Values may be made on demand."""
    found = {name: row.get(name) for name in names}
    called = {name: value() if callable(value) else value for name, value in found.items()}
    return {name: value for name, value in called.items() if value is not None}


def _split(text: str) -> list[str]:
    """Names at the top level of `a,b{c,d},e.limit(3)`. Raises GraphError for unbalanced brackets."""
    names, depth, name = [], 0, ""
    for letter in text:
        if letter in "{(":
            depth += 1
        elif letter in "})":
            depth -= 1
        elif letter == "," and depth == 0:
            names.append(name)
            name = ""
        elif depth == 0:
            name += letter
        if depth < 0:
            break
    if depth != 0:
        raise invalid_parameter("Syntax error in the field list")
    return [found for part in [*names, name] if (found := part.partition(".")[0].strip())]

"""Posts, photos and videos as Graph nodes (PagePost, Photo and Video references)."""

from typing import Any

from shells.sandbox.facebook.moments import written
from shells.sandbox.facebook.people import APP_ID, APP_NAME, PAGES
from shells.sandbox.facebook.store import Photo, Post, Store, Video


def post_row(store: Store, post: Post) -> dict[str, Any]:
    kind = "added_photos" if post.photo_ids else "added_video" if post.video_id else "mobile_status_update"
    return {
        "id": post.id,
        "message": post.message or None,
        "created_time": written(post.created_at),
        "updated_time": written(post.updated_at or post.created_at),
        "permalink_url": store.permalink(post),
        "is_published": not post.hidden,
        "is_hidden": False,
        "is_expired": False,
        "scheduled_publish_time": int(post.scheduled_for.timestamp()) if post.scheduled_for else None,
        "application": {"id": APP_ID, "name": APP_NAME} if post.by_app else None,
        "from": {"id": post.page_id, "name": PAGES[post.page_id].name},
        "status_type": "shared_story" if post.link and not post.photo_ids else kind,
    }


def photo_row(store: Store, photo: Photo) -> dict[str, Any]:
    media = store.world.blobs.media(photo.digest, "image")
    return {
        "id": photo.id,
        "name": photo.caption or None,
        "alt_text_custom": photo.alt_text,
        "created_time": written(photo.created_at),
        "updated_time": written(photo.created_at),
        "page_story_id": photo.post_id,
        "link": f"https://www.facebook.com/photo.php?fbid={photo.id}",
        "images": [{"source": f"{store.world.base_url}/_sandbox/blobs/{media.sha256}"}],
        "from": {"id": photo.page_id, "name": PAGES[photo.page_id].name},
    }


def video_row(store: Store, video: Video) -> dict[str, Any]:
    post = store.posts.get(video.post_id or "")
    return {
        "id": video.id,
        "title": video.title or None,
        "description": video.description or None,
        "created_time": written(video.created_at),
        "updated_time": written(video.ready_at or video.created_at),
        "published": post is not None and not post.hidden,
        "post_id": post.id if post else None,
        "permalink_url": f"/{'reel/' + video.id if video.reel else video.page_id + '/videos/' + video.id}/",
        "scheduled_publish_time": written(post.scheduled_for) if post and post.scheduled_for else None,
        "status": _status(store, video),
        "from": {"id": video.page_id, "name": PAGES[video.page_id].name},
    }


def _status(store: Store, video: Video) -> dict[str, Any]:
    complete = video.handed_in or (video.size > 0 and len(video.data) >= video.size)
    status: dict[str, Any] = {
        "video_status": "upload_complete" if complete else "uploading",
        "uploading_phase": {
            "status": "complete" if complete else "in_progress" if video.data else "not_started",
            "bytes_transferred": video.size if complete else len(video.data),
        },
        "processing_phase": {"status": "not_started"},
        "publishing_phase": {"status": "not_started"},
    }
    if video.ready_at is None:
        return status
    if video.ready_at > store.world.clock.now():
        return status | {"video_status": "processing", "processing_progress": 40, "processing_phase": {"status": "in_progress"}}
    if video.failure is not None:
        code, words = video.failure
        failed = {"status": "error", "errors": [{"code": code, "message": words}]}
        return status | {"video_status": "error", "processing_phase": failed}
    publishing: dict[str, Any] = {"status": "complete", "publish_status": "published"}
    post = store.posts.get(video.post_id or "")
    if post is not None and post.hidden:
        publishing = {"status": "not_started", "publish_status": "scheduled" if post.scheduled_for else "draft"}
        if post.scheduled_for:
            publishing["publish_time"] = written(post.scheduled_for)
    elif post is not None:
        publishing["publish_time"] = written(post.created_at)
    ready = {"video_status": "ready", "processing_progress": 100, "processing_phase": {"status": "complete"}}
    return status | ready | {"publishing_phase": publishing}

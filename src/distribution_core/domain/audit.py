"""The audit log: who did what to what, and what came of it. Details never hold a secret."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen


class AuditAction(StrEnum):
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    LINK_SSO = "link_sso"
    UNLINK_SSO = "unlink_sso"
    SESSION_REUSED = "session_reused"
    LINK_ACCOUNT = "link_account"
    UNLINK_ACCOUNT = "unlink_account"
    TOGGLE_ACCOUNT = "toggle_account"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of an action
    ACCOUNT_LOST = "account_lost"
    DATA_DELETED = "data_deleted"
    CREATE_CONTENT = "create_content"
    EDIT_CONTENT = "edit_content"
    RESEND_CONTENT = "resend_content"
    CANCEL_CONTENT = "cancel_content"
    HOLD_CONTENT = "hold_content"
    RELEASE_CONTENT = "release_content"
    POST_AT_RISK = "post_at_risk"
    POST_SAFE = "post_safe"
    CHANGE_SETTINGS = "change_settings"
    SELECT_ACCOUNTS = "select_accounts"
    POST_COMMITTING = "post_committing"
    POST_PROCESSING = "post_processing"
    POST_SUCCESS = "post_success"
    POST_RETRIED = "post_retried"
    POST_FAILED = "post_failed"
    POST_CANCELED = "post_canceled"
    POST_REDRIVEN = "post_redriven"
    POST_RESOLVED = "post_resolved"
    SET_UP = "set_up"
    CREATE_API_KEY = "create_api_key"
    REVOKE_API_KEY = "revoke_api_key"


@frozen(kw_only=True)
class AuditEntry:
    """One line of the log. `user_id` is None where nobody known acted (a failed sign-in)."""

    id: UUID
    at: datetime
    user_id: UUID | None
    action: AuditAction
    subject: str | None = None
    subject_id: UUID | None = None
    detail: Mapping[str, Any] = field(factory=dict)

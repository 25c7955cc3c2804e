"""The first ledger: every table of the first release."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime, json_column

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("detail", json_column(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_subject_id_id"), "audit_log", ["subject_id", "id"])
    op.create_index(op.f("ix_audit_log_user_id_id"), "audit_log", ["user_id", "id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["created_at", "id"],
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("sso_subject", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_users_email_folded")),
        sa.UniqueConstraint("sso_subject", name=op.f("uq_users_sso_subject")),
    )
    op.create_table(
        "workers",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("polled_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_workers")),
    )
    op.create_index(op.f("ix_workers_polled_at"), "workers", ["polled_at"])
    op.create_table(
        "contents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("media", json_column(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("scheduled_at", UtcDateTime()),
        sa.Column("release_at", UtcDateTime()),
        sa.Column("options", json_column(), nullable=False),
        sa.Column("resend_of", sa.Uuid()),
        sa.Column("targets", json_column()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("selected_at", UtcDateTime()),
        sa.CheckConstraint("visibility IN ('public', 'private', 'scheduled')", name=op.f("ck_contents_visibility")),
        sa.ForeignKeyConstraint(["resend_of"], ["contents.id"], name=op.f("fk_contents_resend_of_contents")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_contents_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contents")),
    )
    op.create_index(
        "ix_contents_unreleased",
        "contents",
        ["release_at", "id"],
        sqlite_where=sa.text("selected_at IS NULL AND release_at IS NOT NULL"),
        postgresql_where=sa.text("selected_at IS NULL AND release_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_contents_user_id_created_at_id"), "contents", ["user_id", "created_at", "id"])
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("scopes", json_column(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("access_expires_at", UtcDateTime()),
        sa.Column("refresh_token", sa.LargeBinary()),
        sa.Column("refresh_expires_at", UtcDateTime()),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("refresh_owner", sa.Text()),
        sa.Column("refresh_until", UtcDateTime()),
        sa.CheckConstraint("status IN ('valid', 'expired', 'revoked', 'error')", name=op.f("ck_grants_status")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("user_id", "platform", "app", "subject_id", name=op.f("uq_grants_user_id_platform_app_subject_id")),
    )
    op.create_index("ix_grants_identity", "grants", ["platform", "app", "subject_id"])
    op.create_table(
        "link_intents",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary()),
        sa.Column("key_id", sa.Text()),
        sa.Column("key_version", sa.Integer()),
        sa.Column("code_verifier", sa.LargeBinary()),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_link_intents_user_id_users")),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_link_intents")),
    )
    op.create_table(
        "media_assets",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("alt_text", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_media_assets_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_media_assets")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("rotated_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_family_id"), "sessions", ["family_id"])
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("answer", json_column(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["contents.id"], name=op.f("fk_idempotency_keys_content_id_contents")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "social_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid()),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("external_account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text()),
        sa.Column("avatar_url", sa.Text()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_reason", sa.Text()),
        sa.Column("access_token", sa.LargeBinary()),
        sa.Column("access_expires_at", UtcDateTime()),
        sa.Column("scopes", json_column(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("unlinked_at", UtcDateTime()),
        sa.CheckConstraint("status IN ('valid', 'expired', 'revoked', 'error')", name=op.f("ck_social_accounts_status")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_social_accounts_grant_id_grants")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_social_accounts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_accounts")),
        sa.UniqueConstraint(
            "user_id", "platform", "external_account_id", name=op.f("uq_social_accounts_user_id_platform_external_account_id")
        ),
    )
    op.create_index(op.f("ix_social_accounts_grant_id"), "social_accounts", ["grant_id"])
    op.create_index(
        op.f("ix_social_accounts_platform_external_account_id"), "social_accounts", ["platform", "external_account_id"]
    )
    op.create_index(op.f("ix_social_accounts_user_id_platform"), "social_accounts", ["user_id", "platform"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("social_account_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("handles", json_column(), nullable=False),
        sa.Column("post", json_column()),
        sa.Column("payload_hash", sa.String(length=64)),
        sa.Column("fingerprint", sa.String(length=64)),
        sa.Column("committing_at", UtcDateTime()),
        sa.Column("ask_after", UtcDateTime()),
        sa.Column("wait_reason", sa.Text()),
        sa.Column("last_error", json_column()),
        sa.Column("external_post_id", sa.Text()),
        sa.Column("permalink", sa.Text()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.CheckConstraint("phase IN ('idle', 'committing', 'processing')", name=op.f("ck_deliveries_phase")),
        sa.CheckConstraint(
            "status IN ('pending', 'success', 'failed', 'retried', 'canceled')", name=op.f("ck_deliveries_status")
        ),
        sa.ForeignKeyConstraint(["content_id"], ["contents.id"], name=op.f("fk_deliveries_content_id_contents")),
        sa.ForeignKeyConstraint(
            ["social_account_id"], ["social_accounts.id"], name=op.f("fk_deliveries_social_account_id_social_accounts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("content_id", "social_account_id", name=op.f("uq_deliveries_content_id_social_account_id")),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at", "id"],
        sqlite_where=sa.text("status IN ('pending', 'retried')"),
        postgresql_where=sa.text("status IN ('pending', 'retried')"),
    )
    op.create_index(
        "ix_deliveries_open_of_account",
        "deliveries",
        ["social_account_id"],
        sqlite_where=sa.text("status IN ('pending', 'retried')"),
        postgresql_where=sa.text("status IN ('pending', 'retried')"),
    )
    op.create_index(
        "ix_deliveries_ended_of_account",
        "deliveries",
        ["social_account_id", "finished_at"],
        sqlite_where=sa.text("finished_at IS NOT NULL"),
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_deliveries_status"), "deliveries", ["status"])
    op.create_index(
        "ix_deliveries_unanswered",
        "deliveries",
        ["fingerprint"],
        sqlite_where=sa.text("status IN ('pending', 'retried') AND committing_at IS NOT NULL"),
        postgresql_where=sa.text("status IN ('pending', 'retried') AND committing_at IS NOT NULL"),
    )
    op.create_index(
        "uq_deliveries_platform_external_post_id",
        "deliveries",
        ["platform", "external_post_id"],
        unique=True,
        sqlite_where=sa.text("external_post_id IS NOT NULL"),
        postgresql_where=sa.text("external_post_id IS NOT NULL"),
    )
    op.create_table(
        "exclusions",
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("social_account_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["content_id"], ["contents.id"], name=op.f("fk_exclusions_content_id_contents")),
        sa.ForeignKeyConstraint(
            ["social_account_id"], ["social_accounts.id"], name=op.f("fk_exclusions_social_account_id_social_accounts")
        ),
        sa.PrimaryKeyConstraint("content_id", "social_account_id", name=op.f("pk_exclusions")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("outcome", sa.Text()),
        sa.Column("error", json_column()),
        sa.Column("late_answer", json_column()),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id_deliveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_delivery_id_fence"), "attempts", ["delivery_id", "fence"])

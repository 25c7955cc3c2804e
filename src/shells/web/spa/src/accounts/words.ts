import type { Account } from "../api/queries";

type Tone = "good" | "bad" | "warn" | "calm" | "";
const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/** An account's state in words. `reconnect`: nothing goes there until its person links it again. */
export function statusOf(account: Account): { words: string; tone: Tone; reconnect: boolean } {
  switch (account.status) {
    case "valid":
      return account.is_active ? { words: "Ready to post", tone: "good", reconnect: false } : { words: "Switched off", tone: "", reconnect: false };
    case "expired":
      return { words: "Access has expired", tone: "bad", reconnect: true };
    case "revoked":
      return { words: "Access was taken back", tone: "bad", reconnect: true };
    default:
      return { words: "Needs a look", tone: "warn", reconnect: true };
  }
}

/** When access ends, as a person says it; null when the platform names no end. */
export function expiryOf(account: Account, now: number): { words: string; soon: boolean } | null {
  if (!account.access_ends_at) return account.token_renews ? { words: "Access renews by itself", soon: false } : null;
  const left_ms = Date.parse(account.access_ends_at) - now;
  if (left_ms <= 0) return { words: "Access ended", soon: true };
  if (left_ms < DAY_MS) return { words: "Access ends today", soon: true };
  const days = Math.round(left_ms / DAY_MS);
  return { words: `Access lasts ${days} more ${days === 1 ? "day" : "days"}`, soon: days <= SOON_DAYS };
}

const KINDS: Record<string, string> = { page: "Page", creator: "Creator", member: "Profile", organization: "Organization" };

export function kindOf(account: Account): string {
  return KINDS[account.kind] ?? account.kind;
}

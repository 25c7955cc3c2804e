import type { Account, PlatformFacts } from "../api/queries";
import type { Draft } from "./draft";

type TextRules = PlatformFacts["text"];

/** The length of a text as the platform counts it; the same rule as the server's. */
export function textLength(rules: TextRules, text: string): number {
  if (rules.unit === "utf16") return text.length;
  const characters = [...text];
  if (rules.unit === "escaped") return characters.length + characters.filter((each) => rules.escaped.includes(each)).length;
  return characters.length;
}

export function textMax(rules: TextRules, draft: Pick<Draft, "media">): number {
  if (draft.media.some((each) => each.kind === "video") && rules.text_max_with_video !== null) return rules.text_max_with_video;
  if (draft.media.some((each) => each.kind === "image") && rules.text_max_with_images !== null) return rules.text_max_with_images;
  return rules.text_max;
}

export function textFor(draft: Pick<Draft, "body" | "own">, platform: string): string {
  return draft.own[platform] ?? draft.body;
}

export type Outlook = { account: Account; used: number; max: number; why: string | null; warnings: string[] };

/** What can be told here and now about each active account; the server's verdict on saving is the one that counts. */
export function outlooks(draft: Draft, accounts: Account[], platforms: Map<string, PlatformFacts>): Outlook[] {
  return accounts
    .filter((account) => account.is_active)
    .map((account) => {
      const platform = platforms.get(account.platform);
      const text = textFor(draft, account.platform);
      const used = platform ? textLength(platform.text, text) : [...text].length;
      const max = platform ? textMax(platform.text, draft) : Infinity;
      return { account, used, max, why: obstacle(draft, account, platform, used, max), warnings: [] };
    });
}

function obstacle(draft: Draft, account: Account, platform: PlatformFacts | undefined, used: number, max: number): string | null {
  if (account.status !== "valid") return "Reconnect this account first";
  if (used > max) return `${(used - max).toLocaleString()} characters too many`;
  if (platform?.text.needs_media && draft.media.length === 0) return "Needs a picture or video";
  return null;
}

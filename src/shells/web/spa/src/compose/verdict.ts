import type { components } from "../api/schema";
import type { Outlook } from "./counting";

export type Forecast = components["schemas"]["ForecastOut"];
export type Judged = components["schemas"]["PreviewOut"];

// The count beside a text is kept here with every key, so this one verdict is never an old one.
const TOO_LONG = "text_too_long";

/** What this page counts, corrected by what the server said. A verdict on a draft that has changed since stands until the next,
    but for the length, which is known here. */
export function corrected(outlooks: Outlook[], judged: Judged | undefined, fresh: boolean): Outlook[] {
  const by = new Map(judged?.accounts.map((each) => [each.account_id, each]));
  return outlooks.map((outlook) => {
    const said = by.get(outlook.account.id);
    if (!said) return outlook;
    const told = said.goes ? null : (said.problems[0]?.message ?? said.reason);
    const warnings = said.goes ? said.warnings.map((each) => each.message) : [];
    if (fresh) return { ...outlook, used: said.text_used, max: said.text_max, why: told, warnings };
    return { ...outlook, why: outlook.why ?? (said.code === TOO_LONG ? null : told), warnings };
  });
}

export type Fate = { platform: string; words: string; bad: boolean };

/** What platforms do with one piece of media, where it is not simply taken. */
export function fatesOf(key: string, judged: Judged | undefined): Fate[] {
  const found = new Map<string, Fate>();
  for (const account of judged?.accounts ?? []) {
    for (const each of account.media) {
      if (each.key !== key || each.becomes === "kept") continue;
      const bad = each.becomes === "refused";
      const words = bad ? (each.problems[0]?.message ?? "does not take it") : `gets it as ${each.mime.replace(/^.*\//, "").toUpperCase()}`;
      found.set(account.platform, { platform: account.platform, words, bad });
    }
  }
  return [...found.values()];
}

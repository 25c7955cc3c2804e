import type { components } from "../api/schema";
import type { Draft } from "./draft";
import { optionsOf } from "./tiktok-choices";
import { instantOf } from "../shell/zone";

export type ContentIn = components["schemas"]["ContentIn"];
type Whole = Required<Pick<ContentIn, "body" | "title" | "media_assets" | "options" | "scheduled_at" | "hold_seconds">>;

/** A draft as the API takes it, to be judged or saved: the same in both, so that what is judged is what goes. */
export function contentOf(draft: Draft, zone: string, hold_s: number): Whole {
  const options: Record<string, Record<string, unknown>> = Object.fromEntries(Object.entries(draft.own).map(([platform, text]) => [platform, { text }]));
  const chosen = draft.media.length > 0 ? optionsOf(draft.tiktok, draft.media.some((each) => each.kind === "video")) : {};
  if (Object.keys(chosen).length > 0) options.tiktok = { ...options.tiktok, ...chosen };
  return {
    body: draft.body,
    title: draft.title || null,
    media_assets: draft.media.map((each) => ({ key: each.key, alt_text: each.alt || null })),
    scheduled_at: draft.when ? instantOf(draft.when, zone).toISOString() : null,
    options,
    hold_seconds: hold_s,
  };
}

import type { components } from "../api/schema";
import type { Draft } from "./draft";
import { instantOf } from "./zone";

export type ContentIn = components["schemas"]["ContentIn"];

/** A draft as the API takes it, to be judged or saved: the same in both, so that what is judged is what goes. */
export function contentOf(draft: Draft, zone: string, hold_s: number): ContentIn {
  const options = Object.fromEntries(Object.entries(draft.own).map(([platform, text]) => [platform, { text }]));
  return {
    body: draft.body,
    title: draft.title || null,
    media_assets: draft.media.map((each) => ({ key: each.key, alt_text: each.alt || null })),
    scheduled_at: draft.when ? instantOf(draft.when, zone).toISOString() : null,
    options,
    hold_seconds: hold_s,
  };
}

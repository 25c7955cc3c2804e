import { describe, expect, it } from "vitest";

import type { Account, PlatformFacts } from "../api/queries";
import { outlooks, textLength } from "./counting";
import { type Draft, NO_CHOICES } from "./draft";

const rules = (change: Partial<PlatformFacts["text"]>): PlatformFacts["text"] => ({
  unit: "characters", escaped: "", text_max: 10, text_max_with_images: null, text_max_with_video: null, title_max: null, needs_media: false, ...change,
});
const platform = (change: Partial<PlatformFacts["text"]>): PlatformFacts => ({ id: "x", name: "X", colour: "#000", help: "", ways: [], text: rules(change) });
const account = (change: Partial<Account>): Account => ({
  id: "a", platform: "x", external_account_id: "1", kind: "page", display_name: "A", handle: null, avatar_url: null, is_active: true, status: "valid",
  status_reason: null, scopes: [], token_expires_at: null, linked_at: "2026-01-01T00:00:00Z", app: null, token_renews: false, access_ends_at: null, missing_scopes: [], last_post: null,
  look_url: null, ...change,
});
const draft = (change: Partial<Draft>): Draft => ({ id: "d", edits: null, body: "", title: "", own: {}, media: [], when: "", tiktok: NO_CHOICES, ...change });
const PICTURE = { key: "k", name: "n", kind: "image", width: 1, height: 1, alt: "" };
const why = (given: Partial<Draft>, text: Partial<PlatformFacts["text"]>, who: Partial<Account> = {}) =>
  outlooks(draft(given), [account(who)], new Map([["x", platform(text)]])).map((each) => each.why);

describe("the length of a text", () => {
  it.each([
    ["characters", "👍é", 2],
    ["utf16", "👍é", 3],
    ["escaped", "a(b)", 6],
  ] as const)("in %s", (unit, text, length) => {
    expect(textLength(rules({ unit, escaped: "()" }), text)).toBe(length);
  });
});

describe("what an account will do with a draft", () => {
  it("goes up to the limit and not over it", () => {
    expect(why({ body: "x".repeat(10) }, {})).toEqual([null]);
    expect(why({ body: "x".repeat(12) }, {})).toEqual(["2 characters too many"]);
  });
  it("knows a platform's own text and its limit with pictures", () => {
    expect(why({ body: "x".repeat(12), own: { x: "short" } }, {})).toEqual([null]);
    expect(why({ body: "x".repeat(8), media: [PICTURE] as Draft["media"] }, { text_max_with_images: 5 })).toEqual(["3 characters too many"]);
  });
  it("asks for media, and for access, and leaves out what is switched off", () => {
    expect(why({ body: "x" }, { needs_media: true })).toEqual(["Needs a picture or video"]);
    expect(why({ body: "x" }, {}, { status: "expired" })).toEqual(["Reconnect this account first"]);
    expect(why({ body: "x" }, {}, { is_active: false })).toEqual([]);
  });
});

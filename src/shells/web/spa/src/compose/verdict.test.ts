import { describe, expect, it } from "vitest";

import type { Account } from "../api/queries";
import type { Outlook } from "./counting";
import { corrected, type Forecast, fatesOf, type Judged } from "./verdict";

const account = { id: "a", platform: "tiktok" } as Account;
const outlook = (with_: Partial<Outlook> = {}): Outlook => ({ account, used: 3, max: 10, why: null, warnings: [], ...with_ });
const judged = (with_: Partial<Forecast>): Judged => ({
  accounts: [{ account_id: "a", platform: "tiktok", goes: true, code: null, reason: null, problems: [], warnings: [], media: [], text_used: 4, text_max: 9, ...with_ } as Forecast],
  can_save: true,
  goes_to: 1,
  problems: [],
  refused: [],
  release_at: null,
});
const problem = { code: "too_small", message: "Too small.", field: null, platform: "tiktok" };
const refused = { goes: false, code: "too_small", reason: "Too small.", problems: [problem] };

describe("the server's verdict", () => {
  it("replaces this page's own", () => {
    expect(corrected([outlook()], judged(refused), true)[0]).toMatchObject({ why: "Too small.", used: 4, max: 9 });
  });
  it("on an older draft stands, but for its count", () => {
    expect(corrected([outlook()], judged(refused), false)[0]).toMatchObject({ why: "Too small.", used: 3, max: 10 });
  });
  it("on an older length does not stand", () => {
    expect(corrected([outlook()], judged({ ...refused, code: "text_too_long" }), false)[0]?.why).toBeNull();
  });
  it("says nothing of an account that it does not name", () => {
    const other = outlook({ account: { ...account, id: "b" } as Account, why: "Needs a picture or video" });
    expect(corrected([other], judged({}), true)).toEqual([other]);
  });
});

describe("what becomes of media", () => {
  const media = (becomes: "kept" | "converted" | "refused") => judged({ media: [{ key: "k", becomes, mime: "image/jpeg", problems: [problem] }] });
  it("is said where it is not kept", () => {
    expect(fatesOf("k", media("kept"))).toEqual([]);
    expect(fatesOf("k", media("converted"))).toEqual([{ platform: "tiktok", words: "gets it as JPEG", bad: false }]);
    expect(fatesOf("k", media("refused"))).toEqual([{ platform: "tiktok", words: "Too small.", bad: true }]);
    expect(fatesOf("another", media("refused"))).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";

import type { Account } from "../api/queries";
import type { Outlook } from "./counting";
import { type DraftMedia, NO_CHOICES } from "./draft";
import { type Creator, lacking, levelsOf, optionsOf, warned } from "./tiktok-choices";

const creator = (account_id: string, privacy_levels: string[], more: Partial<Creator> = {}): Creator => ({ account_id, name: account_id, trouble: null, privacy_levels, ...more });
const open = creator("ada", ["PUBLIC_TO_EVERYONE", "SELF_ONLY"]);
const closed = creator("ben", ["FOLLOWER_OF_CREATOR", "SELF_ONLY"]);
const brand = { ...NO_CHOICES, promotes: true, branded: true };

describe("what TikTok asks of a composer", () => {
  it("nothing is chosen beforehand, and nothing goes along until it is", () => {
    expect(lacking(NO_CHOICES, [open])).toBe("Choose who can see it on TikTok.");
    expect(optionsOf(NO_CHOICES, true)).toEqual({});
  });
  it("offers each creator what is theirs", () => {
    expect(levelsOf(closed, false).map((each) => each.label)).toEqual(["Followers", "Only me"]);
    const chosen = { ...NO_CHOICES, privacy: { ada: "PUBLIC_TO_EVERYONE" } };
    expect(lacking(chosen, [open, closed])).toBe("Choose who can see it on TikTok as ben.");
    expect(lacking({ ...chosen, privacy: { ...chosen.privacy, ben: "PUBLIC_TO_EVERYONE" } }, [open, closed])).not.toBeNull();
    expect(lacking({ ...chosen, privacy: { ...chosen.privacy, ben: "FOLLOWER_OF_CREATOR" } }, [open, closed])).toBeNull();
  });
  it("offers everything while TikTok can't say", () => {
    expect(levelsOf(creator("eve", [], { trouble: "Too many posts today." }), false)).toHaveLength(4);
  });
  it("keeps branded content from being private", () => {
    expect(lacking({ ...brand, privacy: { ada: "SELF_ONLY" } }, [open])).toMatch("Branded");
    expect(lacking({ ...brand, privacy: { ada: "PUBLIC_TO_EVERYONE" } }, [open])).toBeNull();
  });
  it("asks whose brand it is", () => {
    expect(lacking({ ...NO_CHOICES, privacy: { ada: "SELF_ONLY" }, promotes: true }, [open])).toMatch("whose brand");
  });
  it("switches interactions off unless they were switched on", () => {
    const chosen = { ...NO_CHOICES, privacy: { ada: "SELF_ONLY", ben: "" }, comment: true };
    const accounts = { ada: { privacy_level: "SELF_ONLY" } };
    expect(optionsOf(chosen, false)).toEqual({ accounts, disable_comment: false, brand_organic_toggle: false, brand_content_toggle: false });
    expect(optionsOf(chosen, true)).toMatchObject({ disable_duet: true, disable_stitch: true });
  });
  it("warns of a film that is too long for one creator, and of one who can't post now", () => {
    const outlook = (id: string): Outlook => ({ account: { id } as Account, used: 0, max: 9, why: null, warnings: [] });
    const short = creator("ada", ["SELF_ONLY"], { video_duration_ms_max: 60_000 });
    const capped = creator("ben", [], { trouble: "Too many posts today." });
    const media = [{ duration_ms: 75_400 } as DraftMedia];
    const [ada, ben, page] = warned([outlook("ada"), outlook("ben"), outlook("page")], [short, capped], { media });
    expect(ada?.warnings[0]).toContain("up to 60 s from ada; this one has 75.4 s");
    expect(ben?.warnings).toEqual(["Too many posts today."]);
    expect(page?.warnings).toEqual([]);
    expect(warned([outlook("ada")], [short], { media: [{ duration_ms: 60_000 } as DraftMedia] })[0]?.warnings).toEqual([]);
  });
  it("asks nothing where no creator was told of", () => {
    expect(lacking(NO_CHOICES, [])).toBeNull();
  });
});

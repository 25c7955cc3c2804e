import { describe, expect, it } from "vitest";

import { NO_CHOICES } from "./draft";
import { type Creator, lacking, levelsOf, optionsOf } from "./tiktok-choices";

const creator = (privacy_levels: string[]): Creator => ({ applicable: true, privacy_levels, comment_disabled: false, duet_disabled: false, stitch_disabled: false });
const open = creator(["PUBLIC_TO_EVERYONE", "SELF_ONLY"]);
const closed = creator(["FOLLOWER_OF_CREATOR", "SELF_ONLY"]);
const brand = { ...NO_CHOICES, promotes: true, branded: true };

describe("what TikTok asks of a composer", () => {
  it("nothing is chosen beforehand, and nothing goes along until it is", () => {
    expect(lacking(NO_CHOICES, [open])).toBe("Choose who can see it on TikTok.");
    expect(optionsOf(NO_CHOICES, true)).toEqual({});
  });
  it("offers what every creator may choose", () => {
    expect(levelsOf([open, closed], false).map((each) => each.label)).toEqual(["Only me"]);
    expect(lacking({ ...NO_CHOICES, privacy: "PUBLIC_TO_EVERYONE" }, [open, closed])).not.toBeNull();
  });
  it("keeps branded content from being private", () => {
    expect(lacking({ ...brand, privacy: "SELF_ONLY" }, [open])).toMatch("Branded");
    expect(lacking({ ...brand, privacy: "PUBLIC_TO_EVERYONE" }, [open])).toBeNull();
  });
  it("asks whose brand it is", () => {
    expect(lacking({ ...NO_CHOICES, privacy: "SELF_ONLY", promotes: true }, [open])).toMatch("whose brand");
  });
  it("switches interactions off unless they were switched on", () => {
    const chosen = { ...NO_CHOICES, privacy: "SELF_ONLY", comment: true };
    expect(optionsOf(chosen, false)).toEqual({ privacy_level: "SELF_ONLY", disable_comment: false, brand_organic_toggle: false, brand_content_toggle: false });
    expect(optionsOf(chosen, true)).toMatchObject({ disable_duet: true, disable_stitch: true });
  });
  it("asks nothing where no creator was told of", () => {
    expect(lacking(NO_CHOICES, [])).toBeNull();
  });
});

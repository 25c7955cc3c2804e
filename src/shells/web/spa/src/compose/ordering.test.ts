import { describe, expect, it } from "vitest";

import type { DraftMedia } from "./draft";
import { placed } from "./ordering";

const item = (key: string): DraftMedia => ({ key, name: key, kind: "image", width: 1, height: 1, alt: "" });
const keys = (media: DraftMedia[]) => media.map((each) => each.key).join("");

describe("pictures", () => {
  it("stand in the order of choosing, whichever is there first", () => {
    const places = { a: 0, b: 1, c: 2 };
    const arrived = ["c", "a", "b"].reduce<DraftMedia[]>((media, key) => placed(media, item(key), places), []);
    expect(keys(arrived)).toBe("abc");
  });
  it("come after those that were there before", () => {
    expect(keys(placed([item("x"), item("y")], item("a"), { a: 0 }))).toBe("xya");
  });
  it("leave what a person has moved where it is", () => {
    expect(keys(placed([item("b"), item("a")], item("c"), { a: 0, b: 1, c: 2 }))).toBe("bac");
  });
});

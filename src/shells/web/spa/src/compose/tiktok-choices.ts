import type { components } from "../api/schema";
import type { TikTokChoices } from "./draft";

export type Creator = components["schemas"]["CreatorInfoOut"];
const ONLY_ME = "SELF_ONLY";
const LEVELS: Record<string, string> = {
  PUBLIC_TO_EVERYONE: "Everyone",
  MUTUAL_FOLLOW_FRIENDS: "Friends",
  FOLLOWER_OF_CREATOR: "Followers",
  SELF_ONLY: "Only me",
};

/** Who may see it: what every creator may choose, with nothing chosen beforehand. */
export function levelsOf(creators: Creator[], branded: boolean): { value: string; label: string; disabled: boolean }[] {
  const [first, ...others] = creators.map((each) => each.privacy_levels ?? []);
  return (first ?? [])
    .filter((level) => others.every((levels) => levels.includes(level)))
    .map((level) => ({ value: level, label: LEVELS[level] ?? level, disabled: branded && level === ONLY_ME }));
}

/** What is still to be chosen before TikTok may be posted to, in words; null: nothing. */
export function lacking(choices: TikTokChoices, creators: Creator[]): string | null {
  if (creators.length === 0) return null;
  const level = levelsOf(creators, choices.branded).find((each) => each.value === choices.privacy);
  if (!level) return levelsOf(creators, false).length ? "Choose who can see it on TikTok." : null;
  if (level.disabled) return "Branded content can't be for you alone on TikTok.";
  if (choices.promotes && !choices.yours && !choices.branded) return "Say whose brand it promotes on TikTok.";
  return null;
}

/** The choices as the platform's options; empty while none was made. */
export function optionsOf(choices: TikTokChoices, hasVideo: boolean): Record<string, unknown> {
  if (!choices.privacy) return {};
  return {
    privacy_level: choices.privacy,
    disable_comment: !choices.comment,
    ...(hasVideo ? { disable_duet: !choices.duet, disable_stitch: !choices.stitch } : {}),
    brand_organic_toggle: choices.promotes && choices.yours,
    brand_content_toggle: choices.promotes && choices.branded,
  };
}

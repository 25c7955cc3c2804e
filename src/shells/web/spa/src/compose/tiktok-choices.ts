import type { components } from "../api/schema";
import type { Outlook } from "./counting";
import type { Draft, TikTokChoices } from "./draft";

type Told = components["schemas"]["CreatorInfoOut"];

/** A creator that a post is written for. `trouble`: TikTok can't say now what they may do, and why. */
export type Creator = Partial<Told> & { account_id: string; name: string; trouble: string | null };

const ONLY_ME = "SELF_ONLY";
const LEVELS: Record<string, string> = {
  PUBLIC_TO_EVERYONE: "Everyone",
  MUTUAL_FOLLOW_FRIENDS: "Friends",
  FOLLOWER_OF_CREATOR: "Followers",
  SELF_ONLY: "Only me",
};

/** Who may see a creator's post, with nothing chosen beforehand: what TikTok offers them, or all there is while it can't say. */
export function levelsOf(creator: Creator, branded: boolean): { value: string; label: string; disabled: boolean }[] {
  const offered = creator.trouble === null ? (creator.privacy_levels ?? []) : Object.keys(LEVELS);
  return offered.map((level) => ({ value: level, label: LEVELS[level] ?? level, disabled: branded && level === ONLY_ME }));
}

/** What is still to be chosen before TikTok may be posted to, in words; null: nothing. */
export function lacking(choices: TikTokChoices, creators: Creator[]): string | null {
  if (creators.length === 0) return null;
  const branded = choices.promotes && choices.branded;
  for (const creator of creators) {
    const levels = levelsOf(creator, branded);
    const level = levels.find((each) => each.value === choices.privacy[creator.account_id]);
    if (!level && levels.length > 0) return creators.length === 1 ? "Choose who can see it on TikTok." : `Choose who can see it on TikTok as ${creator.name}.`;
    if (level?.disabled) return "Branded content can't be for you alone on TikTok.";
  }
  if (choices.promotes && !choices.yours && !choices.branded) return "Say whose brand it promotes on TikTok.";
  return null;
}

/** The choices as the platform's options; empty while none was made. */
export function optionsOf(choices: TikTokChoices, hasVideo: boolean): Record<string, unknown> {
  const chosen = Object.entries(choices.privacy).filter(([, level]) => level !== "");
  if (chosen.length === 0) return {};
  return {
    accounts: Object.fromEntries(chosen.map(([account, privacy_level]) => [account, { privacy_level }])),
    disable_comment: !choices.comment,
    ...(hasVideo ? { disable_duet: !choices.duet, disable_stitch: !choices.stitch } : {}),
    brand_organic_toggle: choices.promotes && choices.yours,
    brand_content_toggle: choices.promotes && choices.branded,
  };
}

/** The outlooks of creators with what TikTok said of each: a film that is too long for them, or that they can't post now. */
export function warned(outlooks: Outlook[], creators: Creator[], draft: Pick<Draft, "media">): Outlook[] {
  const longest_ms = Math.max(0, ...draft.media.map((each) => each.duration_ms ?? 0));
  const by = new Map(creators.map((each) => [each.account_id, each]));
  return outlooks.map((outlook) => {
    const creator = by.get(outlook.account.id);
    if (!creator || outlook.why !== null) return outlook;
    const most_ms = creator.video_duration_ms_max ?? null;
    const found = [
      ...(creator.trouble ? [creator.trouble] : []),
      ...(most_ms !== null && longest_ms > most_ms ? [`TikTok takes videos of up to ${most_ms / 1000} s from ${creator.name}; this one has ${Math.round(longest_ms / 100) / 10} s and will be refused`] : []),
    ];
    return found.length > 0 ? { ...outlook, warnings: [...found, ...outlook.warnings] } : outlook;
  });
}

import type { DraftMedia } from "./draft";

/** After everything that was chosen before it: a small picture is there sooner than a large one that comes first. */
export function placed(media: DraftMedia[], item: DraftMedia, places: Record<string, number>): DraftMedia[] {
  const mine = places[item.key] ?? Infinity;
  const before = media.findIndex((each) => (places[each.key] ?? -1) > mine);
  return before < 0 ? [...media, item] : [...media.slice(0, before), item, ...media.slice(before)];
}

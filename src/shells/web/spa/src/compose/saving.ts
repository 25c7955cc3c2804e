import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "../api/client";
import type { Saved } from "../api/queries";
import { type Draft, isEmpty } from "./draft";
import { instantOf } from "./zone";

/** Saves a draft. It goes by itself once its hold is over; there is no other button. */
export function useSaving(zone: string, hold_s: number, saved: (answer: Saved, draft: Draft) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const options = Object.fromEntries(Object.entries(draft.own).map(([platform, text]) => [platform, { text }]));
      const body = {
        body: draft.body,
        title: draft.title || null,
        media_assets: draft.media.map((each) => ({ key: each.key, alt_text: each.alt || null })),
        scheduled_at: draft.when ? instantOf(draft.when, zone).toISOString() : null,
        options,
        hold_seconds: hold_s,
      };
      return data(api.POST("/content", { body, params: { header: { "Idempotency-Key": draft.id } } }));
    },
    onSuccess: (answer, draft) => {
      saved(answer, draft);
      void client.invalidateQueries({ queryKey: ["activity"] });
    },
  });
}

export function canSave(draft: Draft): boolean {
  return !isEmpty({ ...draft, when: "" });
}

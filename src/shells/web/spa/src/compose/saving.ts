import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "../api/client";
import type { Saved } from "../api/queries";
import { type Draft, isEmpty } from "./draft";
import { contentOf } from "./request";

/** Saves a draft. It goes by itself once its hold is over; there is no other button. */
export function useSaving(zone: string, hold_s: number, saved: (answer: Saved, draft: Draft) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const content = contentOf(draft, zone, hold_s);
      if (draft.edits === null) return data(api.POST("/content", { body: content, params: { header: { "Idempotency-Key": draft.id } } }));
      const { body, title, media_assets, options, scheduled_at } = content;
      const params = { path: { content_id: draft.edits.id } };
      if (draft.edits.how === "resend") return data(api.POST("/content/{content_id}/resend", { params, body: { body, title, media_assets, options } }));
      const visibility = scheduled_at ? ("scheduled" as const) : ("public" as const);
      return data(api.PATCH("/content/{content_id}", { params, body: { body, title, media_assets, options, scheduled_at, visibility } }));
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

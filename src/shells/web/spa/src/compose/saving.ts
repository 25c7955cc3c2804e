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
      return data(api.POST("/content", { body: contentOf(draft, zone, hold_s), params: { header: { "Idempotency-Key": draft.id } } }));
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

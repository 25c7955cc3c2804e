import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";

import { type Content, sessionQuery } from "../api/queries";
import { useTell } from "../shell/notices";
import { type Draft, type Edits, emptyDraft, isEmpty, keepDraft, readDraft } from "./draft";
import { wallOf } from "../shell/zone";

/** What was saved, as a draft again. What TikTok wants chosen for each post is to be chosen anew. */
export function draftOf(content: Content, how: Edits["how"], zone: string): Draft {
  const options = content.options as Record<string, Record<string, unknown>>;
  const texts = Object.entries(options).flatMap(([platform, own]) => (typeof own.text === "string" ? [[platform, own.text] as const] : []));
  return {
    ...emptyDraft(),
    edits: { id: content.id, how },
    body: content.body,
    title: content.title ?? "",
    own: Object.fromEntries(texts),
    media: content.media_assets.map((each, index) => ({
      key: each.key,
      name: `File ${index + 1}`,
      kind: each.kind,
      width: each.width,
      height: each.height,
      duration_ms: each.duration_ms,
      alt: each.alt_text ?? "",
    })),
    when: how === "change" && content.scheduled_at ? wallOf(new Date(content.scheduled_at), zone) : "",
  };
}

/** Opens the composer on something saved. A draft that was under way can be had back. */
export function useEdit(zone: string): (content: Content, how: Edits["how"]) => void {
  const { data: session } = useQuery(sessionQuery);
  const [, go] = useLocation();
  const tell = useTell();
  return (content, how) => {
    if (!session) return;
    const before = readDraft(session.user_id);
    keepDraft(session.user_id, draftOf(content, how, zone));
    if (!isEmpty(before)) {
      const back = () => {
        keepDraft(session.user_id, before);
        window.dispatchEvent(new StorageEvent("storage", { key: `simulcast.draft.${session.user_id}` }));
      };
      tell({ text: "What you were writing is set aside.", action: { label: "Bring it back", run: back }, lasts_ms: 20_000 });
    }
    go("/");
  };
}

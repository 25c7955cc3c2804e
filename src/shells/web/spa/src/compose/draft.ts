import { useCallback, useEffect, useState } from "react";

import type { Media } from "../api/queries";

export type DraftMedia = { key: string; name: string; kind: Media["kind"]; width: number; height: number; duration_ms?: number | null; alt: string };

/** What TikTok has chosen for each post; `privacy` by account, `promotes` opens the choice between `yours` and `branded`. */
export type TikTokChoices = { privacy: Record<string, string>; comment: boolean; duet: boolean; stitch: boolean; promotes: boolean; yours: boolean; branded: boolean };
export const NO_CHOICES: TikTokChoices = { privacy: {}, comment: false, duet: false, stitch: false, promotes: false, yours: false, branded: false };

/** What is being written. `own`: texts for one platform in place of the shared one; `when`: wall time, empty for now;
    `id` goes with saving, so that a repeated request saves nothing twice; `edits`: what was saved before and this changes, or
    sends again in other words to the accounts that refused it. */
export type Edits = { id: string; how: "change" | "resend" };
export type Draft = { id: string; edits: Edits | null; body: string; title: string; own: Record<string, string>; media: DraftMedia[]; when: string; tiktok: TikTokChoices };

const KEY = "simulcast.draft";

export function emptyDraft(): Draft {
  return { id: newId(), edits: null, body: "", title: "", own: {}, media: [], when: "", tiktok: NO_CHOICES };
}

export function isEmpty(draft: Draft): boolean {
  return !draft.body && !draft.title && !draft.when && draft.media.length === 0 && Object.keys(draft.own).length === 0;
}

/** Whether nothing was written since. */
export function sameWords(now: Draft, then: Draft): boolean {
  return JSON.stringify({ ...now, id: "" }) === JSON.stringify({ ...then, id: "" });
}

export function keepDraft(user: string, draft: Draft): void {
  localStorage.setItem(`${KEY}.${user}`, JSON.stringify(draft));
}

export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function readDraft(user: string): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(`${KEY}.${user}`) ?? "null") as Partial<Draft> | null;
    const draft = { ...emptyDraft(), ...kept };
    // Drafts of earlier versions have one privacy for all creators, which was for none of them in particular.
    return typeof draft.tiktok.privacy === "object" ? draft : { ...draft, tiktok: { ...draft.tiktok, privacy: {} } };
  } catch {
    return emptyDraft();
  }
}

/** The draft of a user, kept on this device with every change, and taken over from other tabs. */
export function useDraft(user: string): [Draft, (change: Partial<Draft> | ((draft: Draft) => Draft)) => void] {
  const [draft, setDraft] = useState(() => readDraft(user));
  useEffect(() => {
    const listen = (event: StorageEvent) => {
      if (event.key === `${KEY}.${user}`) setDraft(readDraft(user));
    };
    window.addEventListener("storage", listen);
    return () => window.removeEventListener("storage", listen);
  }, [user]);
  const change = useCallback(
    (with_: Partial<Draft> | ((draft: Draft) => Draft)) =>
      setDraft((before) => {
        const after = typeof with_ === "function" ? with_(before) : { ...before, ...with_ };
        if (isEmpty(after)) localStorage.removeItem(`${KEY}.${user}`);
        else localStorage.setItem(`${KEY}.${user}`, JSON.stringify(after));
        return after;
      }),
    [user],
  );
  return [draft, change];
}

import { useEffect, useState } from "react";

/** Why the identity provider signed nobody in, or linked nobody: what the server writes behind `sso=` when it sends somebody back. */
const WORDS: Record<string, string> = {
  declined: "You declined at the sign-in page, so nobody was signed in.",
  exchange_failed: "The sign-in page did not take the answer. Try again.",
  linked_already: "An identity is linked already. Unlink it first.",
  not_linked: "Nobody here is linked to this identity. Sign in with your password, then link it in Settings.",
  session_ended: "The session in which you began has ended. Try again.",
  setup_open: "Nobody is here yet. Create the master account first, at the address that the server printed.",
  state_invalid: "This was begun in another browser, or too long ago. Try again.",
  taken: "This identity is linked to somebody else here.",
  token_invalid: "What the sign-in page said can't be believed. Try again; if it stays so, tell whoever runs this.",
  token_used: "This answer was used before. Try again.",
  unavailable: "The sign-in page can't be reached now. Sign in with your password, or try again soon.",
};
const OTHER = "The sign-in page signed nobody in. Try again.";

/** The outcome in an address's query: *linked*, words that say what went wrong, or null where it says nothing. */
export function outcomeIn(search: string): { linked: boolean; words: string } | null {
  const code = new URLSearchParams(search).get("sso");
  if (code === null) return null;
  if (code === "linked") return { linked: true, words: "" };
  return { linked: false, words: Object.hasOwn(WORDS, code) ? (WORDS[code] ?? OTHER) : OTHER };
}

/** An address's path and query without the outcome. */
export function withoutOutcome(path: string, search: string): string {
  const left = new URLSearchParams(search);
  left.delete("sso");
  return left.size > 0 ? `${path}?${left}` : path;
}

/** Where the sign-in at the identity provider begins, that comes back to here. */
export function startAddress(path: string, search: string): string {
  return `/auth/oidc/start?${new URLSearchParams({ return_to: withoutOutcome(path, search) })}`;
}

/** The outcome that this page was opened with; the address forgets it, so that a reload tells no old news. */
export function useSsoOutcome(): ReturnType<typeof outcomeIn> {
  const [outcome] = useState(() => outcomeIn(window.location.search));
  useEffect(() => {
    if (outcome) window.history.replaceState(null, "", withoutOutcome(window.location.pathname, window.location.search));
  }, [outcome]);
  return outcome;
}

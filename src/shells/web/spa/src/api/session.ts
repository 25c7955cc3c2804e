import { csrfToken } from "./client";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Calls `listener` whenever the session turns out to have ended. Returns what stops that. */
export function onSessionEnd(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function sessionEnded(): void {
  for (const listener of listeners) listener();
}

let renewing: Promise<boolean> | null = null;

/** Exchange the refresh cookie for a fresh session; false when there is none. A refresh token works once, so tabs take turns. */
export function renew(): Promise<boolean> {
  renewing ??= takingTurns(attempt).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function attempt(): Promise<boolean> {
  if (!csrfToken()) return false;
  const alive = await fetch("/auth/session");
  if (alive.ok) return true; // another tab was first
  const renewed = await fetch("/auth/refresh", { method: "POST" });
  return renewed.ok;
}

async function takingTurns(work: () => Promise<boolean>): Promise<boolean> {
  return "locks" in navigator ? await navigator.locks.request("simulcast-session", work) : await work();
}

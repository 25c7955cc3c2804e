import createClient, { type Middleware } from "openapi-fetch";

import type { paths } from "./schema";
import { renew, sessionEnded } from "./session";

const CSRF_COOKIE = /(?:^|;\s*)(?:__Host-)?simulcast_csrf=([^;]+)/;

/** The token that proves that a write comes from this page; empty when nobody has been signed in here. */
export function csrfToken(): string {
  return CSRF_COOKIE.exec(document.cookie)?.[1] ?? "";
}

/** What the server said no to, in its own words. `code` is stable, `parts` say which field. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | undefined,
    readonly parts: { field?: string; message: string; platform?: string }[] = [],
  ) {
    super(message);
  }
}

export const OFFLINE = "The server can't be reached. Check the connection; nothing is lost.";

const guarded: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken());
    return request;
  },
};

let asking = new AbortController();

/** Drop every question that is under way: its answer would come to nobody. What writes is left to end. */
export function dropQuestions(): void {
  asking.abort();
  asking = new AbortController();
}

/** A fetch that renews an ended session once and asks again, so that a person notices nothing. */
async function persistentFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const { signal } = asking;
  const send = (each: Request) => (each.method === "GET" ? fetch(each, { signal }) : fetch(each));
  const response = await send(request);
  if (response.status !== 401 || request.url.includes("/auth/")) return response;
  if (!(await renew())) {
    sessionEnded();
    return response;
  }
  const repeated = new Request(again);
  if (repeated.method !== "GET") repeated.headers.set("X-CSRF-Token", csrfToken());
  return send(repeated);
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: persistentFetch });
api.use(guarded);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer. Throws Refusal with the server's words, or what fetch threw. */
export async function data<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch {
    throw new Refusal(0, OFFLINE, "offline");
  }
  if (answer.response.ok) return answer.data as T;
  throw refusal(answer.response.status, answer.error);
}

export function refusal(status: number, body: unknown): Refusal {
  const problem = (typeof body === "object" && body !== null ? body : {}) as {
    detail?: string;
    code?: string;
    problems?: { field?: string; message: string; platform?: string }[];
  };
  return new Refusal(status, problem.detail ?? `The server answered ${status}.`, problem.code, problem.problems);
}

import { csrfToken, OFFLINE, Refusal, refusal } from "../api/client";
import type { Media } from "../api/queries";
import { renew, sessionEnded } from "../api/session";

/** Sends a file; `progress` hears the share that is sent, 0 to 1. Throws Refusal. fetch can't tell progress, so not fetch. */
export async function upload(file: File, progress: (share: number) => void): Promise<Media> {
  let answer = await send(file, progress);
  if (answer.status === 401 && (await renew())) answer = await send(file, progress);
  if (answer.status === 401) sessionEnded();
  const body: unknown = parsed(answer.responseText);
  if (answer.status === 201) return body as Media;
  throw refusal(answer.status, body);
}

function send(file: File, progress: (share: number) => void): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/media");
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Refusal(0, OFFLINE, "offline"));
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

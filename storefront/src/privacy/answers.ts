/** Answers as they came: archives, and receipts whose very bytes are signed. */

import { ApiError, type FittingRoom } from "@fitting-room/client";

interface Problem {
  type?: string;
  detail?: string;
}

/** Throws `ApiError`, with the status 0 where nothing answers. */
export async function readAnswer(client: FittingRoom, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const answer = await fetch(path, {
    headers: { ...client.authHeaders(), ...headers }, cache: "no-store", credentials: "same-origin",
  }).catch((error: unknown) => {
    throw new ApiError(0, "network", String(error), null);
  });
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  const wait = Number(answer.headers.get("retry-after") ?? Number.NaN);
  throw new ApiError(answer.status, problem?.type ?? "", problem?.detail ?? answer.statusText, Number.isFinite(wait) ? wait : null, problem);
}

/** Let the browser keep a file under this name. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has begun by then, in every browser.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

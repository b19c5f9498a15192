/** Logging in, and what may be in its way, in words. */

import type { FittingRoom } from "@fitting-room/client";

import { type Trouble, troubleOf } from "../notices/trouble.ts";

export interface Arrival {
  name: string;
  /** Products from other visits that count in this one now; null where the service did not say. */
  broughtAlong: number | null;
  /** What is missing of them, and what to do. */
  detail: string;
}

interface LoginAnswer {
  brought_along: number;
  detail?: string;
}

const kindOf = (error: unknown): string => {
  const { type } = (error ?? {}) as { type?: unknown };
  return typeof type === "string" ? (type.split("/").pop() ?? "") : "";
};

/** A visit belongs to one person for good: this one is somebody else's. */
export const isOtherUser = (error: unknown): boolean => kindOf(error) === "other-user";

/** Make the visit the person's. Throws `ApiError`. */
export async function logIn(client: FittingRoom, name: string, userToken: string): Promise<Arrival> {
  const answer = await firstLogin(client, userToken);
  // The same login once more changes nothing; by it the client remembers whose visit it is.
  await client.login(userToken);
  return { name, broughtAlong: answer?.brought_along ?? null, detail: answer?.detail ?? "" };
}

/** Null where the session is no longer ours: the client's own login begins a fresh one. */
async function firstLogin(client: FittingRoom, userToken: string): Promise<LoginAnswer | null> {
  // What was done before the login is sent before it.
  await client.flush();
  try {
    const path = `/v1/sessions/${client.sessionId}/login`;
    return await client.request<LoginAnswer>(path, { body: { user_token: userToken } });
  } catch (error) {
    if (kindOf(error) === "session-token" || kindOf(error) === "foreign-session") return null;
    throw error;
  }
}

export function loginTroubleOf(error: unknown): Trouble {
  if (kindOf(error) === "user-token") {
    return {
      title: "That log-in does not hold any more",
      words: "What vouches for you has expired, or was made by another shop. Choose your name once more to get a new one.",
      again: true,
    };
  }
  return troubleOf(error);
}

/** What came along, as a sentence. */
export function arrivalWords({ name, broughtAlong, detail }: Arrival): string {
  const welcome = `You are shopping as ${name}.`;
  if (detail) return `${welcome} What you did in other visits is missing for now: log in again a little later.`;
  if (broughtAlong === null) return welcome;
  if (broughtAlong === 0) return `${welcome} There is nothing from other visits to bring along yet. What you do here will be there next time.`;
  const products = broughtAlong === 1 ? "One product" : `${broughtAlong} products`;
  return `${welcome} ${products} from your other visits came along and count here now.`;
}

/** Shoppers as whom anybody may log in: a demonstration's stand-in for the shop's own server. */

import type { FittingRoom } from "@fitting-room/client";

import { isMissing } from "../notices/trouble.ts";

const PATH = "/v1/sample-shoppers";

const PREFIX = "sample:";

/** What a person is called whose id the shop knows: a sample shopper by the name alone. */
export const nameOf = (userId: string | null): string | null => (userId?.startsWith(PREFIX) ? userId.slice(PREFIX.length) : userId);

/** A token for whom the visit belongs to; null of nobody, and of people for whom only the shop's own server vouches. */
export async function tokenOf(client: Pick<FittingRoom, "request" | "userId">): Promise<string | null> {
  const { userId } = client;
  return userId?.startsWith(PREFIX) ? tokenFor(client, userId.slice(PREFIX.length)) : null;
}

/** Their names; none where the shop is no demonstration. */
export async function readShoppers(client: FittingRoom, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { names } = await client.request<{ names: string[] }>(PATH, { signal });
    return names;
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A token that vouches for a sample shopper; null where the person is none. */
export async function tokenFor(client: Pick<FittingRoom, "request">, name: string): Promise<string | null> {
  try {
    const path = `${PATH}/${encodeURIComponent(name)}/token`;
    const { user_token: token } = await client.request<{ user_token: string }>(path, { method: "POST", body: {} });
    return token;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

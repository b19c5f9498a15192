/** Shoppers as whom anybody may log in: a demonstration's stand-in for the shop's own server. */

import type { FittingRoom } from "@fitting-room/client";

import { isMissing } from "../notices/trouble.ts";

const PATH = "/v1/sample-shoppers";

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

/** Erase a visit, or all visits of who is logged in, and forget here what the shop has forgotten. */

import type { FittingRoom } from "@fitting-room/client";

import { tokenOf } from "../account/shoppers.ts";
import { browserStorage } from "../storage/kept.ts";
import { leaveVisit } from "./forgetPerson.ts";
import { isNotBegun } from "./notBegun.ts";

export const REQUESTS_KEY = "fr.shop.erasures";

type Erased = Pick<FittingRoom, "sessionId" | "userId" | "flush" | "request" | "logout">;

/** Ids of the requests; none where nothing was kept. A fresh visit has begun then. Throws `ApiError`. */
export async function eraseMe(client: Erased): Promise<readonly string[]> {
  // What is still queued would begin the visit again.
  await client.flush();
  const token = await tokenOf(client);
  const ids = await ask(client, token);
  // From here on it is done, whatever else goes wrong.
  browserStorage.write(REQUESTS_KEY, ids);
  await leaveVisit(client, true).catch(() => {
    /** An erasure ends the visit by itself. */
  });
  return ids;
}

async function ask(client: Erased, token: string | null): Promise<readonly string[]> {
  try {
    const path = `/v1/sessions/${client.sessionId}/erasure`;
    const body = token === null ? {} : { user_token: token };
    const { request_ids: ids } = await client.request<{ request_ids: string[] }>(path, { body });
    return ids;
  } catch (error) {
    if (isNotBegun(error)) return [];
    throw error;
  }
}

import { useFittingRoom, useProfile } from "@fitting-room/client/react";
import { useCallback, useEffect, useState } from "react";

import { nameOf } from "./shoppers";

export interface User {
  /** Undefined before the page is alive, null of nobody. */
  name: string | null | undefined;
  /** Look again: this tab has logged somebody in or out. */
  look(): void;
}

/** Whose visit it is, also when another tab has changed that. */
export function useUser(): User {
  const client = useFittingRoom();
  const { profile } = useProfile();
  const [name, setName] = useState<string | null | undefined>(undefined);
  const look = useCallback(() => setName(nameOf(client.userId)), [client]);
  useEffect(() => {
    look();
    addEventListener("storage", look);
    const end = client.onSession(look);
    return () => {
      removeEventListener("storage", look);
      end();
    };
  }, [client, look]);
  useEffect(look, [look, profile?.session_id, profile?.user_id]);
  return { name, look };
}

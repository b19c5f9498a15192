/** The client in React: one for the tree below, and hooks that follow it. */

import {
  createContext, createElement, useCallback, useContext, useEffect, useMemo, useRef, useState,
  type ReactElement, type ReactNode,
} from "react";
import {
  createFittingRoom, type FittingRoom, type Options, type Profile, type Row, type RowQuestion, type Shown, type StreamState,
} from "./index.js";
import { openAging } from "./stand.js";

interface Followed { profile: Profile | null; state: StreamState; error: Error | null }

interface Held { client: FittingRoom; follow: () => () => void }

const START: Followed = { profile: null, state: "connecting", error: null };
const Shared = createContext<Held | null>(null);
/** Apart from the client: who only reports is not drawn again with every profile. */
const News = createContext(START);

function useHeld(): Held {
  const held = useContext(Shared);
  if (!held) throw new Error("There is no <ProfileProvider> above this component.");
  return held;
}

export interface ProviderProps {
  /** One that the page has made itself; else one is made of `options`. */
  client?: FittingRoom;
  options?: Options;
  children?: ReactNode;
}

/** Nothing is asked of the API before the first component below uses the profile. */
export function ProfileProvider({ client: given, options, children }: ProviderProps): ReactElement {
  const [made] = useState(() => given ?? createFittingRoom(options));
  const client = given ?? made;
  const [followed, setFollowed] = useState(START);
  const followers = useRef(0);
  const end = useRef<() => void>(undefined);

  const follow = useCallback(() => {
    if ((followers.current += 1) === 1) {
      const say = (news: Partial<Followed>) => setFollowed((before) => ({ ...before, ...news }));
      end.current = client.subscribe(
        (profile) => say({ profile, error: null }),
        (state) => say({ state }),
      );
      // The first profile comes by the stream; that it cannot be had is told here.
      const unfollow = end.current;
      client.profile().then(
        (profile) => end.current === unfollow && setFollowed((before) => ({ ...before, profile: before.profile ?? profile, error: null })),
        (error: Error) => end.current === unfollow && say({ error }),
      );
    }
    return () => {
      if ((followers.current -= 1) > 0) return;
      end.current?.();
      end.current = undefined;
    };
  }, [client]);

  const isShown = useRef(false);
  useEffect(() => {
    // One of the page's own making is the page's to close.
    if (given) return undefined;
    isShown.current = true;
    return () => {
      isShown.current = false;
      // Strict mode looks a second time at once, and goes on with the same client.
      queueMicrotask(() => isShown.current || made.close());
    };
  }, [given, made]);
  useEffect(() => client.onSession(() => setFollowed((before) => ({ ...before, profile: null }))), [client]);
  const held = useMemo(() => ({ client, follow }), [client, follow]);
  return createElement(Shared.Provider, { value: held }, createElement(News.Provider, { value: followed }, children));
}

/** The client; on a server it may be had, and does nothing. */
export function useFittingRoom(): FittingRoom {
  return useHeld().client;
}

export function useTrack(): FittingRoom["track"] {
  return useFittingRoom().track;
}

/** The newest profile and how the stream stands; null until it is there, and while a session changes. */
export function useProfile(): Followed {
  const { follow } = useHeld();
  const followed = useContext(News);
  useEffect(follow, [follow]);
  return followed;
}

export interface RowsState {
  rows: Row[] | null;
  error: Error | null;
  loading: boolean;
  reload(): void;
}

/** Rows of the API; `live` asks again whenever the visit has gone on, and shows the old ones meanwhile. */
export function useRecommendations(
  rows: readonly RowQuestion[], { enabled = true, live = false }: { enabled?: boolean; live?: boolean } = {},
): RowsState {
  const { client, follow } = useHeld();
  const { profile } = useContext(News);
  const [found, setFound] = useState<Omit<RowsState, "reload">>({ rows: null, error: null, loading: enabled });
  const [round, setRound] = useState(0);
  useEffect(() => (live && enabled ? follow() : undefined), [live, enabled, follow]);
  const question = JSON.stringify(rows);
  const askedAt = useRef(0);
  const isOld = useRef<(profile: Profile) => boolean>(undefined);
  const seen = useRef<Profile>(undefined);
  useEffect(() => {
    if (!live || !profile || seen.current === profile) return;
    seen.current = profile;
    isOld.current ??= openAging(() => askedAt.current);
    if (isOld.current(profile)) setRound((count) => count + 1);
  }, [live, profile]);
  useEffect(() => client.onSession(() => {
    // What was chosen for one visit is not shown in the next.
    isOld.current = undefined;
    setFound({ rows: null, error: null, loading: enabled });
    setRound((count) => count + 1);
  }), [client, enabled]);

  useEffect(() => {
    if (!enabled) return undefined;
    const stop = new AbortController();
    askedAt.current = Date.now();
    setFound((before) => ({ ...before, loading: true }));
    client.recommendations(JSON.parse(question) as RowQuestion[], { signal: stop.signal }).then(
      (answered) => !stop.signal.aborted && setFound({ rows: answered, error: null, loading: false }),
      (error: Error) => !stop.signal.aborted && setFound(({ rows: kept }) => ({ rows: kept, error, loading: false })),
    );
    return () => stop.abort();
  }, [client, question, enabled, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  return { ...found, reload };
}

/** A ref of a card: reports its impression, hover and click. */
export function useWatch({ productId, decisionId, slot }: Shown): (element: Element | null) => void {
  const { client } = useHeld();
  const end = useRef<() => void>(undefined);
  return useCallback((element: Element | null) => {
    end.current?.();
    end.current = element
      ? client.watch(element, { productId, ...(decisionId && { decisionId }), ...(slot !== undefined && { slot }) })
      : undefined;
  }, [client, productId, decisionId, slot]);
}

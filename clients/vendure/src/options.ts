export interface FittingRoomOptions {
  /** Where Fitting Room answers, such as `https://fit.shop.example`. */
  apiUrl: string;
  /** A secret key, `sk_...`, with the scopes of a shop's server. It never leaves this process. */
  secretKey: string;
  /** A publishable key, `pk_...`, bound to the origins of the shop's pages. */
  publishableKey: string;
  /** Token of the channel that is fed; the default channel where it is absent. */
  channelToken?: string;
  /** Language of titles and texts; the channel's where it is absent. */
  languageCode?: string;
  /** Whether prices are sent with tax, as shoppers of the shop see them. */
  pricesWithTax?: boolean;
  /** Address of a product's page, absolute or a path on the shop's site. */
  productUrl?: (product: { id: string; slug: string }) => string;
  /**
   * Address of a product's picture; `preview` is that of its featured asset, if it has one, as Vendure
   * stores it. Without the option only previews that are addresses are sent.
   */
  imageUrl?: (product: { id: string; slug: string; preview: string | undefined }) => string | undefined;
  /** Name of the category of products that are in no public collection. */
  fallbackCategory?: string;
  /** Names or codes of option groups that are a size or a colour, in any case. */
  sizeNames?: readonly string[];
  colourNames?: readonly string[];
  /** Whether a server that starts sends the whole catalogue. */
  syncAtStart?: boolean;
  /** Hours between two full syncs, which also find what no event tells of; 0 for none. */
  syncHours?: number;
  /** Products of one call. */
  batchSize?: number;
  /** Changes that wait at most, as ids; above that the next full look finds them. */
  queueLimit?: number;
  /** Seconds that a change waits for others of the same product. */
  delaySeconds?: number;
  /** Seconds until the first and between the last tries while Fitting Room is away. */
  retrySeconds?: readonly [number, number];
  /** Seconds after which a call is given up. */
  timeoutSeconds?: number;
}

export type Settings = Required<Omit<FittingRoomOptions, "channelToken" | "languageCode">> &
  Pick<FittingRoomOptions, "channelToken" | "languageCode">;

export const SETTINGS = Symbol("FITTING_ROOM_SETTINGS");

const LONGEST_BATCH = 500;

/** Return the options with what is left out; throws an error that names what is wrong. */
export function settingsOf(options: FittingRoomOptions): Settings {
  const settings: Settings = {
    pricesWithTax: true,
    productUrl: ({ slug }) => `/product/${encodeURIComponent(slug)}`,
    imageUrl: ({ preview }) => (preview && /^(https?:\/)?\//.test(preview) ? preview : undefined),
    fallbackCategory: "Other",
    sizeNames: ["size"],
    colourNames: ["colour", "color"],
    syncAtStart: true,
    syncHours: 24,
    batchSize: 100,
    queueLimit: 10_000,
    delaySeconds: 0.5,
    retrySeconds: [1, 60],
    timeoutSeconds: 15,
    ...withoutUndefined(options),
  };
  settings.apiUrl = originOf(settings.apiUrl);
  needKey("secretKey", settings.secretKey, "sk_");
  needKey("publishableKey", settings.publishableKey, "pk_");
  needNumber("batchSize", settings.batchSize, 1, LONGEST_BATCH);
  needNumber("queueLimit", settings.queueLimit, 1, 1_000_000);
  needNumber("delaySeconds", settings.delaySeconds, 0, 3_600);
  needNumber("syncHours", settings.syncHours, 0, 24 * 14);
  needNumber("timeoutSeconds", settings.timeoutSeconds, 0.1, 600);
  const [first, last] = settings.retrySeconds;
  needNumber("retrySeconds", first, 0.01, 3_600);
  needNumber("retrySeconds", last, first, 86_400);
  return settings;
}

function withoutUndefined(options: FittingRoomOptions): FittingRoomOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as FittingRoomOptions;
}

function originOf(apiUrl: string): string {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : null;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new Error(`FittingRoomPlugin: apiUrl is "${apiUrl}", not an address such as https://fit.shop.example.`);
  }
  return apiUrl.endsWith("/") ? apiUrl.slice(0, -1) : apiUrl;
}

/** Messages never have the key, which logs would keep. */
function needKey(name: string, key: unknown, start: string): void {
  if (typeof key !== "string" || !key.startsWith(start)) {
    throw new Error(
      `FittingRoomPlugin: ${name} must begin with ${start}: make one by \`fitting-room keys create\`.`,
    );
  }
}

function needNumber(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new Error(`FittingRoomPlugin: ${name} must be a number from ${least} to ${most}.`);
  }
}

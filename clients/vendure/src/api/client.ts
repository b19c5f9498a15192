import { setTimeout } from "node:timers/promises";

import { Inject, Injectable } from "@nestjs/common";

import { SETTINGS, type Settings } from "../options";
import { AwayError, ForbiddenError, RefusedError } from "./failures";
import type {
  CategoryPage,
  CategoryRow,
  EventVerdict,
  LineVerdict,
  OrderRow,
  ProductPage,
  ProductRow,
} from "./shapes";

const PAGE_SIZE = 500;
/** Bytes of an answer that says what is wrong; it goes into a log. */
const LONGEST_DETAIL = 500;
/** As `MOST_AT_ONCE` of the API. */
const CATEGORIES_AT_ONCE = 1_000;
const UNPROCESSABLE = 422;
const NOT_NOW = new Set([408, 425, 429, 507]);
/** Who is asked to come again so soon does, and loses nothing of what many calls have done before. */
const SHORT_SECONDS = 10;
const MOST_PAUSES = 5;

interface Answer {
  /** Method and path, as messages name it. */
  call: string;
  status: number;
  text: string;
  body: unknown;
}

/** Calls of Fitting Room by the secret key; throws one of the three errors of `failures`. */
@Injectable()
export class FittingRoomApi {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  async putProducts(rows: readonly ProductRow[]): Promise<LineVerdict[]> {
    return this.putLines<LineVerdict>("PUT", "/v1/catalogue/products", rows);
  }

  async putCategories(rows: readonly CategoryRow[]): Promise<LineVerdict[]> {
    const verdicts: LineVerdict[] = [];
    for (let start = 0; start < rows.length; start += CATEGORIES_AT_ONCE) {
      const part = rows.slice(start, start + CATEGORIES_AT_ONCE);
      verdicts.push(...(await this.putLines<LineVerdict>("PUT", "/v1/catalogue/categories", part)));
    }
    return verdicts;
  }

  /** What is not there needs no retiring. */
  async retireProduct(id: string): Promise<void> {
    await this.call("DELETE", `/v1/catalogue/products/${encodeURIComponent(id)}`, undefined, [404]);
  }

  /** Return whether it is gone: one with products on sale, or others below it, stays. */
  async deleteCategory(id: string): Promise<boolean> {
    const path = `/v1/catalogue/categories/${encodeURIComponent(id)}`;
    return (await this.call("DELETE", path, undefined, [404, 409])).status !== 409;
  }

  async *products(): AsyncGenerator<ProductPage["products"]> {
    let cursor: string | null = "";
    while (cursor !== null) {
      const path: string = `/v1/catalogue/products?retired=false&limit=${PAGE_SIZE}${cursorPart(cursor)}`;
      const page = (await this.call("GET", path)).body as ProductPage;
      yield page.products;
      cursor = page.next;
    }
  }

  async *categories(): AsyncGenerator<CategoryPage["categories"]> {
    let cursor: string | null = "";
    while (cursor !== null) {
      const path: string = `/v1/catalogue/categories?limit=${PAGE_SIZE}${cursorPart(cursor)}`;
      const page = (await this.call("GET", path)).body as CategoryPage;
      yield page.categories;
      cursor = page.next;
    }
  }

  async track(events: readonly OrderRow[]): Promise<EventVerdict[]> {
    const batch = { sent_at: new Date().toISOString(), events };
    return this.putLines<EventVerdict>("POST", "/v1/track", batch);
  }

  /** Return what became of each line; an answer that has none of them refuses all. */
  private async putLines<T>(method: string, path: string, body: unknown): Promise<T[]> {
    const answer = await this.call(method, path, body, [UNPROCESSABLE]);
    const verdicts = (answer.body as { verdicts?: unknown } | null)?.verdicts;
    if (Array.isArray(verdicts)) return verdicts as T[];
    if (answer.status === UNPROCESSABLE) throw new RefusedError(messageFor(answer), answer.status);
    throw new ForbiddenError("The answer is none of Fitting Room's: look at apiUrl.");
  }

  private async call(
    method: string,
    path: string,
    body?: unknown,
    expected: readonly number[] = [],
  ): Promise<Answer> {
    for (let pauses = 0; ; pauses += 1) {
      try {
        return await this.ask(method, path, body, expected);
      } catch (error) {
        const seconds = error instanceof AwayError ? error.retryAfterSeconds : null;
        if (seconds === null || seconds > SHORT_SECONDS || pauses === MOST_PAUSES) throw error;
        await setTimeout(seconds * 1_000, undefined, { ref: false });
      }
    }
  }

  private async ask(method: string, path: string, body: unknown, expected: readonly number[]): Promise<Answer> {
    const response = await this.send(method, path, body);
    const text = await response.text().catch((error: unknown) => {
      throw new AwayError(`${method} ${path} was cut: ${messageOf(error)}`);
    });
    const answer = { call: `${method} ${path}`, status: response.status, text, body: jsonOf(text) };
    if (response.ok || expected.includes(response.status)) return answer;
    throw failureOf(answer, response.headers.get("retry-after"));
  }

  private async send(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(this.settings.apiUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${this.settings.secretKey}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(this.settings.timeoutSeconds * 1_000),
      });
    } catch (error) {
      throw new AwayError(`${method} ${path} got no answer: ${messageOf(error)}`);
    }
  }
}

function messageFor({ call, status, text, body }: Answer): string {
  const said = (body as { detail?: unknown } | null)?.detail;
  const detail = typeof said === "string" ? said : text;
  return `${call} was answered with ${status}: ${detail.slice(0, LONGEST_DETAIL)}`;
}

function failureOf(answer: Answer, retryAfter: string | null): Error {
  const message = messageFor(answer);
  if (answer.status >= 500 || NOT_NOW.has(answer.status)) {
    return new AwayError(message, secondsOf(retryAfter));
  }
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return new ForbiddenError(message);
  return new RefusedError(message, answer.status);
}

/** Seconds until then: proxies also name a moment. */
function secondsOf(retryAfter: string | null): number | null {
  if (!retryAfter) return null;
  const seconds = Number.isNaN(Number(retryAfter)) ? (Date.parse(retryAfter) - Date.now()) / 1_000 : Number(retryAfter);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

function jsonOf(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function cursorPart(cursor: string): string {
  return cursor && `&cursor=${encodeURIComponent(cursor)}`;
}

/** `fetch` says why in the cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message || error.cause.name})` : error.message;
}

/** The fields of each server-sent event; one without data is a sign of life. */

/** Signs of life come every 15 seconds: a stream that is silent for longer is dead. */
const SILENCE_MS = 60_000;
const LONGEST_FRAME = 4_000_000;

export async function* framesIn(body: ReadableStream<Uint8Array>): AsyncGenerator<Record<string, string>> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const timer = setTimeout(() => reader.cancel().catch(() => {}), SILENCE_MS);
      const { value, done } = await reader.read().finally(() => clearTimeout(timer));
      if (done || rest.length > LONGEST_FRAME) return;
      const frames = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = frames.pop()!;
      for (const frame of frames) yield Object.fromEntries(frame.split(/\r?\n/).map(fieldOf));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function fieldOf(line: string): [string, string] {
  const end = line.indexOf(":");
  return [line.slice(0, end), line.slice(end + 1).trimStart()];
}

/** Makes the shop's database: `npm run populate`. */

import path from "node:path";
import { setTimeout } from "node:timers/promises";

import type { INestApplication } from "@nestjs/common";
import { bootstrap, Collection, JobQueueService, TransactionalConnection } from "@vendure/core";
import { populate } from "@vendure/core/cli";

import { shopConfig } from "./config";
import { FIRST_ROWS } from "./first_rows";

/** The CSV is no TypeScript, and stays where it is. */
const GARMENTS = path.join(__dirname, "..", "..", "example", "garments.csv");
const LONGEST_MS = 30_000;
const LOOK_MS = 50;

async function start(): Promise<INestApplication> {
  const app = await bootstrap(shopConfig());
  // It puts products into collections.
  await app.get(JobQueueService).start();
  return app;
}

async function main(): Promise<void> {
  const app = await populate(start, FIRST_ROWS, GARMENTS);
  await untilFilled(app);
  const { driver } = app.get(TransactionalConnection).rawConnection;
  // One file at the end: a write after each row would take a minute.
  await (driver as unknown as { save(): Promise<void> }).save();
  await app.close();
  process.exit();
}

async function untilFilled(app: INestApplication): Promise<void> {
  const collections = app.get(TransactionalConnection).rawConnection.getRepository(Collection);
  const deadline = Date.now() + LONGEST_MS;
  for (;;) {
    const found = await collections.find({ relations: { productVariants: true } });
    const empty = found.filter(({ filters, productVariants }) => filters.length > 0 && productVariants.length === 0);
    if (empty.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${empty.length} collections are empty.`);
    await setTimeout(LOOK_MS);
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});

/** Runs the shop: `npm run shop`. */

import { bootstrap, JobQueueService } from "@vendure/core";

import { shopConfig, shopPlugins } from "./config";

async function main(): Promise<void> {
  const app = await bootstrap(shopConfig(shopPlugins()));
  // A shop of this size needs no worker of its own.
  await app.get(JobQueueService).start();
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

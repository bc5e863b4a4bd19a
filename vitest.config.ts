import { defineConfig } from "vitest/config";
import { InOrder } from "./checks/stage/in-order.ts";

// The checks of the exercises; vitest.unit.config.ts has the tests of the workshop itself.
export default defineConfig({
  // `npm run check` watches by itself, and says what to check again; vitest's look at all files takes long.
  server: { watch: { ignored: ["WORKSHOP_ASKED" in process.env ? "**" : "**/.workshop/**"] } },
  test: {
    include: ["checks/[0-9][0-9]-*/*.test.ts"],
    globalSetup: "checks/stage/global-setup.ts",
    // Threads end with their process; one after another, they share one Restate server.
    pool: "threads",
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    // All wait for their turn on a stage, and each has a cap of its own from when it has one.
    testTimeout: 3_600_000,
    maxConcurrency: 100,
    // The packages that the stage needs load faster as Node loads them.
    experimental: { viteModuleRunner: false },
  },
});

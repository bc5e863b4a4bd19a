import { defineConfig } from "vitest/config";
import { InOrder } from "./checks/stage/in-order.ts";

// The checks of the exercises; vitest.unit.config.ts has the tests of the workshop itself.
export default defineConfig({
  // `npm run check` watches by itself and says what to check again. vitest's own look at all files is slow.
  server: { watch: { ignored: ["WORKSHOP_ASKED" in process.env ? "**" : "**/.workshop/**"] } },
  test: {
    include: ["checks/[0-9][0-9]-*/*.test.ts"],
    globalSetup: "checks/stage/global-setup.ts",
    // Threads end with their process. They run one after another and share one Restate server.
    pool: "threads",
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    // All checks wait for their turn on a stage. Each has its own cap, which starts with its turn.
    testTimeout: 3_600_000,
    // Opening a stage waits until the agents are loaded, which has a cap of its own.
    hookTimeout: 600_000,
    maxConcurrency: 100,
    // The packages that the stage needs load faster if Node itself loads them.
    experimental: { viteModuleRunner: false },
  },
});

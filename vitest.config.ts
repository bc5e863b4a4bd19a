import { defineConfig } from "vitest/config";

// The checks of the exercises; vitest.unit.config.ts has the tests of the workshop itself.
export default defineConfig({
  server: { watch: { ignored: ["**/.workshop/**"] } },
  test: {
    include: ["checks/[0-9][0-9]-*/*.test.ts"],
    globalSetup: "checks/stage/global-setup.ts",
    // Threads end with their process; one after another, they share one Restate server.
    pool: "threads",
    isolate: false,
    fileParallelism: false,
    testTimeout: 60_000,
    // In watch mode: what the checks start, but do not import.
    forceRerunTriggers: [
      "**/{exercises,solutions}/**/*.ts",
      ...(process.env.WORKSHOP_FOLDERS ? [`${process.env.WORKSHOP_FOLDERS}/**/*.ts`] : []),
    ],
    // The packages that the stage needs load faster as Node loads them.
    experimental: { viteModuleRunner: false },
  },
});

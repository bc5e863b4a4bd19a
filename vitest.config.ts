import { defineConfig } from "vitest/config";

export default defineConfig({
  server: { watch: { ignored: ["**/.workshop/run-*/**", "**/.workshop/restate-*/**"] } },
  test: {
    // In watch mode: what the checks start, but do not import.
    forceRerunTriggers: [
      "**/{exercises,solutions}/**/*.ts",
      ...(process.env.WORKSHOP_FOLDER ? [`${process.env.WORKSHOP_FOLDER}/**/*.ts`] : []),
    ],
    projects: [
      {
        test: {
          name: "checks",
          include: ["checks/[0-9][0-9]-*/**/*.test.ts"],
          globalSetup: "checks/stage/global-setup.ts",
          // Threads end with their process; one after another, they share one Restate server.
          pool: "threads",
          isolate: false,
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "unit",
          include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
        },
      },
    ],
  },
});

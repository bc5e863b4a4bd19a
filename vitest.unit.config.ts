import { defineConfig } from "vitest/config";

// The tests of the workshop itself. Most of their time they wait for what they have started.
export default defineConfig({
  test: {
    include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

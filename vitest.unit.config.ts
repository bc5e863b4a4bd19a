import { defineConfig } from "vitest/config";

// The tests of the workshop itself. One file after another: some look for what a run leaves behind.
export default defineConfig({
  test: {
    include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
  },
});

import { defineConfig } from "vitest/config";

// The tests of the workshop itself, two files at a time: most of them wait for processes.
export default defineConfig({
  test: {
    include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});

import { defineConfig } from "vitest/config";

// The tests of the workshop itself. Most of the time they wait for what they have started.
export default defineConfig({
  test: {
    include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
    maxWorkers: 3,
    // They wait for events, which come late on busy cores. The caps only end what hangs.
    expect: { poll: { timeout: 90_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

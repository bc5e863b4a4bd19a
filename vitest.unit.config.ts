import { defineConfig } from "vitest/config";

// The tests of the workshop itself. One file after another: ports that one has found free for its
// servers, another could take meanwhile.
export default defineConfig({
  test: {
    include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
  },
});

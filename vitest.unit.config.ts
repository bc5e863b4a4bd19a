import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["checks/{stage,report}/**/*.test.ts", "scripts/**/*.test.ts", "*.test.ts"] },
});

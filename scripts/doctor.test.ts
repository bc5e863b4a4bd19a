import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts, listenOnLoopback } from "../checks/stage/loopback.ts";
import { root } from "../checks/stage/run-folder.ts";

/** Runs the doctor on ports that are free now. */
async function examine(environment: NodeJS.ProcessEnv) {
  const [ingress, admin, agents, model, world, traces] = await freePorts(6);
  const { OPENAI_API_KEY: _, OPENAI_BASE_URL: __, ...shell } = process.env;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(root, "scripts/doctor.ts")],
    {
      encoding: "utf8",
      env: {
        ...shell,
        NO_COLOR: "1",
        INGRESS_PORT: String(ingress),
        ADMIN_PORT: String(admin),
        AGENTS_PORT: String(agents),
        MODEL_PORT: String(model),
        WORLD_PORT: String(world),
        TRACES_PORT: String(traces),
        ...environment,
      },
    },
  );
  return { code: status, lines: (stdout + stderr).split("\n") };
}

test("says that all is well, a line each, and fits 80 columns", async () => {
  const { code, lines } = await examine({});
  expect(lines.filter((line) => line.startsWith("✗"))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("✓"))).toHaveLength(13);
  expect(lines).toContain("All is well: npm start");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(code).toBe(0);
});

test("says what to do about a port in use and a placeholder for a key", async () => {
  const occupied = await listenOnLoopback(createServer(), 0);
  const { code, lines } = await examine({
    ADMIN_PORT: String(occupied.port),
    OPENAI_API_KEY: "sk-...",
  });
  await occupied.close();
  const at = lines.findIndex((line) => line.includes(`Port ${occupied.port}`));
  expect(lines[at]).toMatch(/^✗ port .* for Restate's admin API and UI, is in use\.$/);
  expect(lines[at + 1]).toContain("npm start -- --admin-port 19070");
  const key = lines.findIndex((line) => line.includes("placeholder"));
  expect(lines[key + 1]).toContain("unset OPENAI_API_KEY");
  expect(lines).toContain("2 to be mended.");
  expect(code).toBe(1);
});

test("takes a key that is none of these for a real one", async () => {
  const { code, lines } = await examine({ OPENAI_API_KEY: "sk-x7Qp2" });
  expect(lines.find((line) => line.includes("OPENAI_API_KEY"))).toMatch(/^✓ model /);
  expect(code).toBe(0);
});

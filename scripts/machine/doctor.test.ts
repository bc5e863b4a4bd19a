import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listenOnLoopback } from "../../checks/stage/loopback.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";
import { freeWorkshopPorts } from "../running/ports.ts";
import { troubleWithPlace } from "./examination.ts";

/** Runs the doctor on ports that are free now. */
async function examine(environment: NodeJS.ProcessEnv, workshop = root, uid = process.getuid?.()) {
  const { variables } = await freeWorkshopPorts();
  const set = /^(OPENAI_.*|.*_proxy)$/i;
  const shell = Object.fromEntries(Object.entries(process.env).filter(([name]) => !set.test(name)));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(workshop, "scripts/doctor.ts")],
    {
      encoding: "utf8",
      ...(uid !== undefined && { uid }),
      env: {
        ...shell,
        NO_COLOR: "1",
        ...variables,
        ...environment,
      },
    },
  );
  return { code: status, lines: (stdout + stderr).split("\n") };
}

test("says that all is well, a line each, and fits 80 columns", async () => {
  const { code, lines } = await examine({});
  expect(lines.filter((line) => line.startsWith("✗"))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("✓"))).toHaveLength(17);
  expect(lines).toContain("Everything works: npm start");
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
  expect(lines[key + 1]).toContain("Unset OPENAI_API_KEY");
  expect(lines).toContain("2 to fix.");
  expect(code).toBe(1);
});

test("calls this machine directly, whatever the shell says, and names what curl would not", async () => {
  const proxy = "http://127.0.0.1:9";
  const { code, lines } = await examine({
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: proxy,
    http_proxy: proxy,
  });
  const ill = lines.filter((line) => line.startsWith("✗"));
  expect(ill).toEqual([expect.stringMatching(/^✗ proxy +http_proxy sends/)]);
  expect(lines[lines.indexOf(ill[0] ?? "") + 1]).toContain("export no_proxy=localhost,127.0.0.1");
  expect(code).toBe(1);
});

test("finds exercises that are gone or lie elsewhere, and a folder whose name does not work", async () => {
  const copy = copyWorkshop("c?");
  const slug = "03-human-in-the-loop";
  rmSync(join(copy, "exercises", slug), { recursive: true });
  const gone = await examine({}, copy);
  const illOf = ({ lines }: typeof gone) => lines.filter((line) => line.startsWith("✗"));
  expect(illOf(gone)).toEqual([
    expect.stringMatching(/^✗ folder +Its path contains a question mark/),
    expect.stringContaining(`There is no exercises/${slug}/agent-with-timeout.ts.`),
  ]);
  expect(gone.lines.join("\n")).toContain("Bring it back with: npm run reset 03");

  symlinkSync(join(root, "solutions", slug), join(copy, "exercises", slug));
  expect(illOf(await examine({}, copy))[1]).toContain("is a link to a place outside this repo");
});

test.skipIf(process.getuid?.() !== 0)("finds that the folder is another's", async () => {
  const copy = copyWorkshop();
  execFileSync("chmod", ["-R", "go-w", copy]);
  const { lines } = await examine({}, copy, 65_534);
  expect(lines.find((line) => line.startsWith("✗ folder"))).toContain("belongs to root");
  expect(lines.join("\n")).toContain("sudo chown -R $USER .");
  expect(lines.join("\n")).not.toContain("    at ");
});

test.each([
  ["/mnt/c/Users/a/workshop", "5.15.153.1-microsoft-standard-WSL2", /a Windows disk/],
  ["/home/a/workshop", "5.15.153.1-microsoft-standard-WSL2", undefined],
  ["/mnt/data/workshop", "6.8.0-45-generic", undefined],
  ["/home/a/a:b", "6.8.0-45-generic", /a colon/],
  ["/home/a/100% of c#", "6.8.0-45-generic", undefined],
])("of a workshop at %s on %s", (path, kernel, trouble) => {
  const found = troubleWithPlace(path, kernel)?.message;
  if (trouble === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(trouble);
});

test("takes a key that is none of these for a real one", async () => {
  const { code, lines } = await examine({ OPENAI_API_KEY: "sk-x7Qp2" });
  expect(lines.find((line) => line.includes("OPENAI_API_KEY"))).toMatch(/^✓ model /);
  expect(code).toBe(0);
});

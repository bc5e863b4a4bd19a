import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { listenOnLoopback } from "../../checks/stage/loopback.ts";
import { copyFiles } from "../files/copy-files.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";

// A workshop of its own, in which nothing runs but these checks.
const workshop = copyWorkshop();
const solution = join(workshop, "solutions/01-durable-execution");

/** Starts `npm run check` as npm does, with Node and its arguments. */
function start(args: string[], environment: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [join(workshop, "scripts/check.ts"), ...args], {
    cwd: workshop,
    // Where npm was called, as npm says.
    env: { ...environment, INIT_CWD: workshop },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "close").then(([code]) => ({ code, output, words: unwrap(output) }));
  return { child, ended, output: () => output };
}

/** What was printed, as one line: reports are broken to 80 columns. */
const unwrap = (output: string) => output.replace(/\s+/g, " ");

const check = (args: string[], environment?: NodeJS.ProcessEnv) => start(args, environment).ended;

/** A copy of the solution with one text of its agent replaced, relative to the workshop. */
function slip(name: string, found: string, by: string): string {
  const folder = join(workshop, "slips", name);
  copyFiles(solution, folder);
  const file = join(folder, "agent.ts");
  writeFileSync(
    file,
    readFileSync(file, "utf8").replace(found, () => by),
  );
  return relative(workshop, folder);
}

/** The folders of check runs. */
function runs(): string[] {
  const folder = join(workshop, ".workshop");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith("run-"));
}

/** Processes and folders of check runs. */
function leftovers(): string[] {
  const processes = execFileSync("ps", ["-axo", "stat=,command="], { encoding: "utf8" });
  const ours = processes
    .split("\n")
    .filter((line) => line.includes(workshop) && /restate-server|serve\.ts|check\.ts/.test(line));
  return [...runs(), ...ours];
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(leftovers).toEqual([]);
}

describe("a learner's slip fails, and says what it is", () => {
  test.each([
    [
      "throws",
      "export default",
      'throw new TypeError("no model today");\nexport default',
      /agent\.ts:\d+: TypeError: no model today/,
    ],
    ["renames", '"WeatherAgent"', '"MyAgent"', /serves MyAgent, but not WeatherAgent/],
    ["exits", "export default", "process.exit(0);\nexport default", /exited with code 0/],
    ["exits-in-handler", "return text;", "process.exit(3);", /exited with code 3/],
    [
      "loads-once",
      "export default",
      'import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("lock", import.meta.url), "", { flag: "wx" });\nexport default',
      /process is gone: .*EEXIST/,
    ],
    [
      "imports-js",
      '"./utils.ts"',
      '"./utils.js"',
      /Imports of your own files need the extension \.ts: write "utils\.ts"\./,
    ],
    ["imports-bare", '"./utils.ts"', '"./utils"', /it is missing/],
    ["loops", "export default", "while (true);\nexport default", /still being loaded/],
    ["loops-in-handler", "return text;", "while (true);", /loops without end/],
    ["never-answers", "return text;", "await new Promise(() => {});", /has called nothing/],
    [
      "types",
      "return text;",
      "return text.nope;",
      /agent\.ts:\d+ does not compile: Property 'nope'/,
    ],
  ])("%s", async (name, found, by, message) => {
    const { code, words } = await check(["01", "--dir", slip(name, found, by)]);
    expect(words).toMatch(message);
    expect(code).toBe(1);
  });
});

test("an odd path, the line ends of Windows and a file above the exercises do no harm", async () => {
  const odd = copyWorkshop("100% of c#, %41 (it's ü)");
  const run = (script: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(odd, "scripts", `${script}.ts`), ...args], {
      cwd: odd,
      env: { ...process.env, INIT_CWD: odd },
    });
  expect((await run("solve", "01")).stdout).toContain("agent.ts is the solution now.");
  mkdirSync(join(odd, "lib"));
  writeFileSync(join(odd, "lib/names.ts"), 'export const stepName = "get weather";\n');
  const exercise = join(odd, "exercises/01-durable-execution");
  for (const name of readdirSync(exercise).filter((each) => each.endsWith(".ts"))) {
    const text = readFileSync(join(exercise, name), "utf8")
      .replace(/ctx.run\("get weather"/, "ctx.run(stepName")
      .replace(
        "import { openai",
        'import { stepName } from "../../lib/names.ts";\nimport { openai',
      );
    writeFileSync(join(exercise, name), `\uFEFF${text.replaceAll("\n", "\r\n")}`);
  }
  const checked = await run("check", "01");
  expect(checked.stdout).toMatch(/^\d+ passed, 0 failed \(/m);
  expect(checked.stdout).toContain("Why it works");
  for (const script of ["hint", "guide", "diff"]) {
    expect((await run(script, "01")).stdout).not.toBe("");
  }
});

test("a path that vitest does not take is told in two lines", () => {
  const impossible = copyWorkshop("c?");
  const args = [join(impossible, "scripts/check.ts"), "01"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toMatch(
    /^The path of this folder has a \? in it, .*\nGive the folder another name/,
  );
  expect(status).toBe(2);
});

describe("what cannot run says why, with exit code 2", () => {
  test.each([
    [["--solution"], "Which chapter?"],
    [["99"], 'There is no chapter "99".'],
    [["01", "nothing"], 'no exercise "nothing"'],
    [["01", "--dir", "nowhere"], "nowhere is not a folder with an app.ts."],
    [["01", "--seed", "x"], '--seed takes a number, not "x".'],
    [["01", "--json", "nowhere/results.json"], "cannot be written"],
    [["01", "--solution", "--dir", "solutions/01-durable-execution"], "different folders"],
  ])("%j", async (args, message) => {
    const { code, output } = await check(args);
    expect(output).toContain(message);
    expect(output.trim().split("\n")).toHaveLength(2);
    expect(code).toBe(2);
  });
});

test("a run that has ended before a check cancels it is judged by what it did", async () => {
  const folder = join(workshop, "slips", "answers-at-once");
  copyFiles(join(workshop, "solutions/07-error-handling"), folder);
  const file = join(folder, "fail-on-terminal-tool-agent.ts");
  // The first run is right, so that the other checks are made.
  const text = readFileSync(file, "utf8")
    .replace("export default", "let runs = 0;\nexport default")
    .replace("const model =", 'if (++runs > 1) return "Sunny.";\n      const model =');
  writeFileSync(file, text);
  const words = ["07", "fail-on-terminal-tool-agent", "--dir", relative(workshop, folder)];
  const { code, output } = await check(words);
  expect(code).toBe(1);
  expect(output).toContain("✗ 07.cancelled");
  expect(output).toContain("What happened");
  expect(output).not.toMatch(/checks broke|broke, perhaps|workshop is wrong/);
});

test("of several exercises, each explains its own first failure", async () => {
  const { code, output } = await check(["07", "--dir", "checks/stubs/07-error-handling"]);
  expect(code).toBe(1);
  const report = stripVTControlCharacters(output).split("\n\n\n").slice(1);
  expect(report.map((part) => part.split("\n")[0])).toEqual([
    "07 fail-on-terminal-tool-agent",
    "07 stop-on-terminal-tool-agent",
    "07 retry-budget-agent",
  ]);
  for (const part of report) {
    expect(part.match(/What happened/g)).toHaveLength(1);
    expect(part.match(/perhaps for the same reason/g)).toHaveLength(1);
    const lines = part.split("\n").filter((line) => /^ {2}✗/.test(line));
    expect(new Set(lines).size).toBe(lines.length);
  }
});

describe("of two checks at once, both pass", () => {
  const json = join(workshop, "results.json");
  let reached = 0;
  let passes: Awaited<ReturnType<typeof check>>[];

  beforeAll(async () => {
    const trap = await listenOnLoopback(
      createServer((socket) => {
        reached += 1;
        socket.destroy();
      }),
      0,
    );
    const variables = [
      ..."OPENAI_API_KEY OPENAI_BASE_URL WEATHER_API_URL WORLD_URL AI_GATEWAY_BASE_URL".split(" "),
      ..."HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy".split(" "),
      ..."RESTATE_ADMIN_URL RESTATE_INGRESS_URL RESTATE_TRACING_ENDPOINT".split(" "),
      ..."RESTATE_ADMIN__BIND_ADDRESS RESTATE_CONFIG OTEL_EXPORTER_OTLP_ENDPOINT".split(" "),
    ];
    passes = await Promise.all([
      check(["01", "--solution", "--json", json, "--seed", "5"]),
      check(["01", "--solution"], {
        ...process.env,
        ...Object.fromEntries(variables.map((name) => [name, trap.url])),
        NODE_USE_ENV_PROXY: "1",
        NO_PROXY: "",
      }),
    ]);
    await trap.close();
  });

  test("in each of their checks, and leave nothing", async () => {
    for (const { code, output } of passes) {
      expect(output).toMatch(/^\d+ passed, 0 failed \(/m);
      expect(code).toBe(0);
    }
    await expectNothingLeft();
  });

  test("with their results written where they are asked for", () => {
    const results = JSON.parse(readFileSync(json, "utf8"));
    expect(results[0]).toEqual({
      id: "01.types",
      title: "the code compiles",
      verdict: "pass",
      mode: "normal",
      message: "",
      ms: expect.any(Number),
    });
    expect(results).toContainEqual(
      expect.objectContaining({ id: "01.answers", mode: "always-replay", verdict: "pass" }),
    );
  });

  test("with nothing used of the shell's keys, URLs, proxies and settings", () => {
    expect(reached).toBe(0);
  });
});

describe("a check that is stopped leaves nothing", () => {
  const moments: [string, (running: ReturnType<typeof start>) => Promise<unknown>][] = [
    ["as it begins", () => expect.poll(runs).toHaveLength(1)],
    ["among its checks", ({ output }) => expect.poll(output).toContain("01.crash")],
  ];
  const ways: [string, (child: ChildProcess) => void, number | null][] = [
    ["Ctrl-C", (child) => child.kill("SIGINT"), 130],
    ["kill -9", (child) => child.kill("SIGKILL"), null],
  ];
  for (const [when, moment] of moments) {
    test.each(ways)(`${when}, by %s`, async (_, stop, expected) => {
      const running = start(["01", "--solution"]);
      await moment(running);
      stop(running.child);
      expect((await running.ended).code).toBe(expected);
      await expectNothingLeft();
    });
  }
});

test("--watch leaves nothing where it is killed while processes wait for the next save", async () => {
  const watching = start(["01", "--watch", "--solution"]);
  await expect.poll(watching.output).toContain(" passed, 0 failed");
  // One that waits is told in its arguments of no agents.
  const waiting = () => leftovers().filter((line) => /serve\.ts$/.test(line.trim()));
  await expect.poll(waiting).not.toEqual([]);
  watching.child.kill("SIGKILL");
  await watching.ended;
  await expectNothingLeft();
});

test("the first check to fail is told while those before it in the list still run", async () => {
  const { output } = await check(["01", "--dir", "checks/stubs/01-durable-execution"]);
  const early = output.match(
    /^✗ 01\.([\w-]+) fails\. The first failed check is explained at the end\.$/m,
  );
  expect(early?.index).toBeLessThan(output.indexOf(`✗ 01.${early?.[1]}  `));
  expect(output.match(/explained at the end/g)).toHaveLength(1);
});

test("--watch checks again what is saved, and ends with Ctrl-C", async () => {
  const folder = slip("watched", "return text;", 'return text && "It is warm.";');
  const watching = start(["01", "--watch", "--dir", folder]);
  const says = (text: string) => expect.poll(watching.output).toContain(text);
  await says("1 failed, ");
  copyFiles(join(solution, "agent.ts"), join(workshop, folder, "agent.new"));
  renameSync(join(workshop, folder, "agent.new"), join(workshop, folder, "agent.ts"));
  await says(" passed, 0 failed");
  // By another file that takes its name, as many editors save, a second time.
  writeFileSync(join(workshop, folder, "agent.new"), "const = 1;");
  renameSync(join(workshop, folder, "agent.new"), join(workshop, folder, "agent.ts"));
  await says("0 passed, 2 failed");
  rmSync(join(workshop, folder, "agent.ts"));
  await says(`There is no ${folder}/agent.ts.`);
  watching.child.kill("SIGINT");
  expect((await watching.ended).code).toBe(130);
  await expectNothingLeft();
});

test("of all that was checked here, which is no learner's own, nothing was noted", () => {
  expect(existsSync(join(workshop, ".workshop/progress.json"))).toBe(false);
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { styleText } from "node:util";
import { removeAtEnd } from "../../checks/stage/children.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";

/** A way to install the workshop, and what must come of it. */
interface Way {
  install: string;
  /** Typed afterwards, with the code with which it ends and what it prints. */
  command: string;
  code: number;
  prints: RegExp;
}

const check = {
  command: "npm run -s check 01 -- --solution",
  code: 0,
  prints: /\d+ passed, 0 failed/,
};
/** In this order: the first fills the cache of the second. */
const waysWith = (cache: string): readonly Way[] => [
  { install: `npm ci --ignore-scripts --cache ${cache}`, ...check },
  { install: `npm ci --offline --cache ${cache}`, ...check },
  { install: "npx --yes pnpm@10.34.0 install", ...check },
  {
    install: `npm ci --omit=optional --cache ${cache}`,
    command: "npm run -s check 01",
    code: 2,
    // Two lines: what is missing, whichever Node runs them, and what to type.
    prints: /^.*(not installed|No Restate server).*\n.*npm install.*\n$/,
  },
];

// What is no part of the workshop as it is fetched.
const left = ["node_modules", ".workshop", ".git"];

/** Installs the workshop in each way, and checks with it. */
export function tryInstalls(): void {
  const cache = mkdtempSync(join(tmpdir(), "workshop-cache-"));
  removeAtEnd(cache);
  const ways = waysWith(cache);
  let failed = 0;
  for (const way of ways) {
    const trouble = tryWay(way);
    const name = way.install.replace(cache, "…");
    console.log(`${trouble === "" ? styleText("green", "✓") : styleText("red", "✗")} ${name}`);
    if (trouble !== "") console.log(trouble);
    failed += trouble === "" ? 0 : 1;
  }
  console.log(`\n${ways.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** What went wrong; empty where nothing has. */
function tryWay({ install, command, code, prints }: Way): string {
  // Not in the repo: there a package that is missing would be found above.
  const folder = mkdtempSync(join(tmpdir(), "workshop-"));
  removeAtEnd(folder);
  for (const name of readdirSync(root).filter((each) => !left.includes(each))) {
    copyFiles(join(root, name), join(folder, name));
  }
  const installed = run(install, folder);
  if (installed.code !== 0) return `${install} ended with ${installed.code}:\n${installed.output}`;
  const ran = run(command, folder);
  if (ran.code === code && prints.test(ran.output)) return "";
  return `${command} ended with ${ran.code}, and not with ${code} and ${prints}:\n${ran.output}`;
}

function run(line: string, folder: string): { code: number | null; output: string } {
  // The machine's own Node and npm, as a learner has them.
  const folders = process.env.PATH?.split(delimiter) ?? [];
  const PATH = folders.filter((each) => !each.startsWith(root)).join(delimiter);
  // What npm tells a command that it runs is of this folder.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name)),
  );
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd: folder,
    encoding: "utf8",
    env: { ...environment, PATH, NO_COLOR: "1" },
  });
  return { code: status, output: stdout + stderr };
}

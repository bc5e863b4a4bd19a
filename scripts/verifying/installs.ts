import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { styleText } from "node:util";
import { removeAtEnd } from "../../checks/stage/children.ts";
import { root } from "../../checks/stage/run-folder.ts";
import { copyFiles } from "../files/copy-files.ts";

/** A way to install the workshop, and what must happen afterwards. */
interface Way {
  install: string;
  /** The command that is typed afterwards, its exit code and its output. */
  command: string;
  code: number;
  prints: RegExp;
}

const check = {
  command: "npm run -s check 01 -- --solution",
  code: 0,
  prints: /\d+ passed, 0 failed/,
};
/** The order matters: the first way fills the cache for the second. */
const waysWith = (cache: string): readonly Way[] => [
  { install: `npm ci --ignore-scripts --cache ${cache}`, ...check },
  { install: `npm ci --offline --cache ${cache}`, ...check },
  { install: "npx --yes pnpm@10.34.0 install", ...check },
  {
    install: `npm ci --omit=optional --cache ${cache}`,
    command: "npm run -s check 01",
    code: 2,
    // Two lines: what is missing, which depends on the Node that runs the command, and what to type.
    prints: /^.*(not installed|No Restate server).*\n.*npm install.*\n$/,
  },
];

// What people do not get when they fetch the workshop.
const left = ["node_modules", ".workshop", ".git"];

/** Installs the workshop in each way, and runs checks with it. */
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

/** What went wrong; empty if nothing did. */
function tryWay({ install, command, code, prints }: Way): string {
  // Not in the repo: Node would find a missing package in the folders above.
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
  // npm's variables are about this folder. A command in another folder must not get them.
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

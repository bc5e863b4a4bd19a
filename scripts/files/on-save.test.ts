import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeRunFolder } from "../../checks/stage/run-folder.ts";
import { onSave } from "./on-save.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let version = 0;

function newText(): string {
  version += 1;
  return `// ${version}\n`;
}

/** A repo with an exercise on two branches, `mine` and `other`. The learner is on `mine`. */
function makeRepo() {
  const folder = makeRunFolder();
  const exercise = join(folder, "exercises/01");
  const file = join(exercise, "agent.ts");
  mkdirSync(exercise, { recursive: true });
  mkdirSync(join(folder, "exercises/world"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
  const commit = () =>
    git("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qam", "a");
  git("init", "-q", "-b", "main");
  writeFileSync(join(folder, "README.md"), "");
  git("add", "README.md");
  commit();
  git("switch", "-qc", "mine");
  writeFileSync(file, newText());
  git("add", "exercises");
  commit();
  git("switch", "-qc", "other");
  writeFileSync(file, newText());
  commit();
  git("switch", "-q", "mine");
  return { folder, exercise, file, git };
}

type Repo = ReturnType<typeof makeRepo>;

const replaceBy = (file: string) => {
  writeFileSync(`${file}.new`, newText());
  renameSync(`${file}.new`, file);
};

test.each<[string, (repo: Repo) => void]>([
  ["in place", ({ file }) => writeFileSync(file, newText())],
  ["with the same content", ({ file }) => writeFileSync(file, readFileSync(file))],
  ["by touching it", ({ file }) => utimesSync(file, new Date(), new Date())],
  ["by another file that takes its name", ({ file }) => replaceBy(file)],
  [
    "as vim does, renamed away and written",
    ({ file }) => {
      renameSync(file, `${file}~`);
      writeFileSync(file, newText());
      rmSync(`${file}~`);
    },
  ],
  [
    "deleted and made again",
    ({ file }) => {
      rmSync(file);
      writeFileSync(file, newText());
    },
  ],
  ["by sed -i", ({ file }) => execFileSync("sed", ["-i.bak", "s/.*/&\\/\\//", file])],
  [
    "by git checkout",
    ({ file, git }) => {
      writeFileSync(file, newText());
      git("checkout", "--", file);
    },
  ],
  [
    "by git stash and pop",
    ({ file, git }) => {
      writeFileSync(file, newText());
      git("stash", "-q");
      git("stash", "pop", "-q");
    },
  ],
  [
    "by a branch with other code",
    ({ git }) => {
      const isMine = git("branch", "--show-current").toString() === "mine\n";
      git("switch", "-q", isMine ? "other" : "mine");
    },
  ],
  [
    "by a branch without the folder, and back",
    ({ git }) => {
      git("switch", "-q", "main");
      git("switch", "-q", "mine");
    },
  ],
  [
    "in a folder of its own",
    ({ exercise }) => {
      mkdirSync(join(exercise, "lib"), { recursive: true });
      writeFileSync(join(exercise, "lib/prices.ts"), newText());
    },
  ],
])("a save is noticed each time, %s, and so is one in place after it", async (_, save) => {
  const repo = makeRepo();
  const told: string[] = [];
  const world = join(repo.folder, "exercises/world");
  stops.push(onSave([repo.exercise, world], () => told.push(stateOf(repo.exercise))));
  for (const how of [save, save, ({ file }: Repo) => writeFileSync(file, newText())]) {
    how(repo);
    const saved = stateOf(repo.exercise);
    await expect.poll(() => told.at(-1), { interval: 5 }).toBe(saved);
  }
});

/** Differs from save to save, also if two saves have the same content. */
function stateOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true }).map(String).filter(isCode).toSorted();
  return names
    .map((name) => {
      const { ino, mtimeMs } = statSync(join(folder, name));
      return `${name} ${ino} ${mtimeMs} ${readFileSync(join(folder, name))}`;
    })
    .join("\n");
}

const isCode = (name: string) => name.endsWith(".ts");

test("a file that is gone permanently is told, and nothing is told about files without code", async () => {
  const { exercise, file } = makeRepo();
  let saves = 0;
  const count = () => {
    saves += 1;
  };
  stops.push(onSave([exercise], count));
  writeFileSync(join(exercise, ".agent.ts.swp"), "");
  writeFileSync(join(exercise, "README.md"), "");
  symlinkSync("nowhere", join(exercise, "#agent.ts#"));
  rmSync(file);
  await expect.poll(() => saves).toBe(1);
  expect(saves).toBe(1);
});

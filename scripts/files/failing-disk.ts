// A test preloads this into a command. FAIL_AT says at which change the disk fails: `3` is only the third,
// `3-` is the third and all later ones. A file that is being written then keeps half of its content.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { FAIL_AT = "" } = process.env;
const [nth = 0, lasting] = [Number.parseInt(FAIL_AT, 10), FAIL_AT.endsWith("-")];
let changes = 0;

function fails(): boolean {
  changes += 1;
  return lasting ? changes >= nth : changes === nth;
}

function full(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
}

const { writeFileSync } = fs;
for (const name of ["mkdirSync", "renameSync", "rmSync", "writeSync", "ftruncateSync"] as const) {
  const change = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      if (fails()) throw full();
      return change(...args);
    },
  });
}
fs.writeFileSync = (file, content, options) => {
  if (!fails()) return writeFileSync(file, content, options);
  writeFileSync(file, (content as Buffer | string).slice(0, content.toString().length / 2));
  throw full();
};
syncBuiltinESMExports();

import { compileCache } from "./compile-cache.ts";

const inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TERM", "COLORTERM", "NO_COLOR"];

/**
 * The environment of a child process: what programs need to run at all, and what the caller names. It
 * leaves out the shell's keys, base URLs, proxies and `RESTATE_*` settings.
 */
export function cleanEnvironment(named: Record<string, string>): Record<string, string> {
  const kept = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCache, ...named };
}

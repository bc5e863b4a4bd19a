const thisMachine = ["localhost", "127.0.0.1", "::1"];

/** A variable of the shell by which curl sends its calls to a proxy. */
export interface CurlProxy {
  variable: string;
  value: string;
}

/**
 * The proxy to which curl would send a lesson's `curl localhost:8080/…`, if there is one, by the rules
 * of curl's manual: for `http:` it reads `http_proxy` in small letters only.
 */
export function proxyOfCurl(environment: NodeJS.ProcessEnv): CurlProxy | undefined {
  const except = (environment.no_proxy ?? environment.NO_PROXY ?? "").split(/[\s,]+/);
  if (except.some((host) => host === "*" || host.replace(/^\./, "") === "localhost")) {
    return undefined;
  }
  for (const variable of ["http_proxy", "all_proxy", "ALL_PROXY"]) {
    const value = environment[variable];
    if (value) return { variable, value };
  }
  return undefined;
}

/** As the shell has it, before this process goes its own way. */
export const shellsCurlProxy = proxyOfCurl(process.env);

/** Lets this process, and those it starts, call this machine directly, whatever proxy the shell names. */
export function callThisMachineDirectly(): void {
  const { no_proxy: small, NO_PROXY: large } = process.env;
  const hosts = [small, large].flatMap((list) => list?.split(",") ?? []);
  const all = [...new Set([...hosts, ...thisMachine])].filter((host) => host !== "").join(",");
  // Node reads the one in small letters first, others the other.
  process.env.no_proxy = all;
  process.env.NO_PROXY = all;
}

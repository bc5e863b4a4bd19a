const thisMachine = ["localhost", "127.0.0.1", "::1"];

/** A variable of the shell that makes curl send its calls to a proxy. */
export interface CurlProxy {
  variable: string;
  value: string;
}

/**
 * The proxy that curl would use for a lesson's `curl localhost:8080/…`, if any, by the rules of curl's
 * manual: for `http:` it reads `http_proxy`, in lower case only.
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

/** As the shell has it, before this process changes its own variables. */
export const shellsCurlProxy = proxyOfCurl(process.env);

/** Makes this process, and those it starts, call this machine directly, whatever proxy the shell names. */
export function callThisMachineDirectly(): void {
  const { no_proxy: small, NO_PROXY: large } = process.env;
  const hosts = [small, large].flatMap((list) => list?.split(",") ?? []);
  const all = [...new Set([...hosts, ...thisMachine])].filter((host) => host !== "").join(",");
  // Node reads the lower-case variable first, other programs read the upper-case one first.
  process.env.no_proxy = all;
  process.env.NO_PROXY = all;
}

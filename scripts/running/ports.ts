import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { freePorts, isFree } from "../../checks/stage/loopback.ts";

/** The ports of the workshop, each moved by a flag or an environment variable. */
export const ports = {
  "ingress-port": { variable: "INGRESS_PORT", usual: 8080, whose: "Restate's ingress" },
  "admin-port": { variable: "ADMIN_PORT", usual: 9070, whose: "Restate's admin API and UI" },
  "agents-port": { variable: "AGENTS_PORT", usual: 9080, whose: "the agents" },
  "model-port": { variable: "MODEL_PORT", usual: 9081, whose: "the scripted model" },
  "world-port": { variable: "WORLD_PORT", usual: 9082, whose: "the world" },
  "traces-port": { variable: "TRACES_PORT", usual: 9083, whose: "the trace collector" },
} as const;

export type PortFlag = keyof typeof ports;

/** A free port for each of the workshop's ports, and the variables that make it use them. */
export async function freeWorkshopPorts() {
  const flags = Object.keys(ports) as PortFlag[];
  const free = await freePorts(flags.length);
  const entries = flags.map((flag, place) => [flag, free[place] ?? 0] as const);
  return {
    ports: Object.fromEntries(entries) as Record<PortFlag, number>,
    variables: Object.fromEntries(
      entries.map(([flag, port]) => [ports[flag].variable, String(port)]),
    ),
  };
}

/**
 * The port that a flag names, or else an environment variable, or else the default.
 *
 * @throws {CouldNotRun} if it is not a port, or something else listens there
 */
export async function choosePort(
  flag: PortFlag,
  flags: Partial<Record<PortFlag, string>>,
  command: string,
): Promise<number> {
  const { variable, usual, whose } = ports[flag];
  const word = flags[flag] ?? process.env[variable] ?? String(usual);
  const port = Number(word);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CouldNotRun(
      `"${word}" is not a port for ${whose}.`,
      `Name one from 1 to 65535: ${command} -- --${flag} ${usual}`,
    );
  }
  if (!(await isFree(port))) {
    throw new CouldNotRun(
      `Port ${port}, for ${whose}, is in use.`,
      `Stop what listens there, or use another port for ${whose}: ${command} -- --${flag} ${usual + 10_000}`,
    );
  }
  return port;
}

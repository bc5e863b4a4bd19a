import { randomUUID } from "node:crypto";
import type { Agents } from "../agents/agents.ts";
import { serveAgents } from "../agents/cast.ts";
import { startRouter } from "../agents/router.ts";
import { atMost } from "../at-most.ts";
import { CouldNotRun } from "../could-not-run.ts";
import { Ground } from "../ground.ts";
import type { Outcome } from "../invocation.ts";
import { StageRecord } from "../record.ts";
import {
  killAll,
  type Mode,
  NotTaken,
  readMode,
  register,
  setInactivityTimeout,
  setMode,
} from "../restate/admin.ts";
import { reachServer } from "../restate/binary.ts";
import { startServerForChecks } from "../restate/for-checks.ts";
import { makeRunFolder } from "../run-folder.ts";
import type { Patience } from "../stuck.ts";
import type { Theatre } from "../theatre.ts";
import { waitFor } from "../wait.ts";
import { type Command, startCommand } from "./command.ts";
import { expectHandler } from "./expected-handler.ts";
import { openProxy } from "./proxy.ts";

/** Any service, and how it is called. */
export interface AnyService {
  command: Command;
  /** The variables of the command. */
  environment: Record<string, string>;
  /** `WeatherAgent/run`, or with a key, `Chat/{key}/message`. Each run has a key of its own. */
  call: string;
  /** JSON; undefined if the handler takes nothing. `{key}` in it is the run's key. */
  input: string | undefined;
  /** The answer to all awakeables, as JSON; undefined if nobody answers them. */
  resolve: string | undefined;
  /** Hosts whose calls pass uncounted, to the network. */
  ignore: readonly string[];
  /** Receives a line for those who wait, if something takes long. */
  say: (line: string) => void;
}

/** A service that can be swept. */
export interface AnyTheatre extends Theatre<Ground> {
  /** The services that the command serves. */
  readonly services: readonly string[];
  /** One run: the call, until its outcome. */
  run(on: Ground): Promise<Outcome>;
  /** From now on, calls get the answers of the first run, and a run has to take no longer than that one. */
  calmRunTook(milliseconds: number): void;
}

// Milliseconds. A real model takes its time in the first run, and only there.
const firstPatience: Patience = { run: 600_000, stillness: 60_000 };
const leastPatience: Patience = { run: 16_000, stillness: 4_000 };
const slower = 5;
const resolveCap = 20_000;
// A wait for an awakeable names it only when it suspends.
const soon = "50ms";

/**
 * Starts a command and a Restate server of its own for it.
 *
 * @throws {CouldNotRun} if it cannot be swept
 */
export async function openAnyService(service: AnyService): Promise<AnyTheatre> {
  const { settings, process } = await startServerForChecks(makeRunFolder());
  const server = reachServer(settings);
  const { adminUrl, ingressUrl } = server;
  const record = new StageRecord();
  // Everything on this server belongs to the run that is under way.
  const router = await startRouter("127.0.0.1", {
    parentOf: async () => record.invocations.at(-1)?.id,
    // Its clock is right.
    dueAt: async () => undefined,
  });
  const entrance = router.openEntrance();
  record.follow(entrance);
  const unread = Promise.withResolvers<never>();
  unread.promise.catch(() => {});
  const behind: { agents?: Agents } = {};
  const proxy = openProxy({
    ignore: service.ignore,
    onUnread: (host) => unread.reject(cannotRead(host)),
    kill: () => behind.agents?.kill(),
    killServer: async () => {},
    onCall: (call) => record.tell({ kind: "call", call }),
    getToKnow: async (call, attempt) => {
      call.steps = await entrance.stepsDuring(attempt);
    },
  });
  const started = serveAgents({
    start: (_, environment) =>
      startCommand(service.command, { ...service.environment, ...environment }, service.say),
    entrance,
    openDoor: proxy.openDoor,
    // One that has a port of its own can start only when the one before is gone.
    kills: service.command.port === undefined ? Number.POSITIVE_INFINITY : 0,
    onEvent: (event) => record.tellOfProcess("agent", event),
  });
  const close = async () => {
    for (const invocation of record.invocations) invocation.abandon();
    const [opened] = await Promise.allSettled([started]);
    if (opened.status === "fulfilled") await opened.value.close();
    await Promise.all([proxy.close(), router.close(), process.kill()]);
  };

  try {
    const [agents] = await Promise.all([started, server.ready()]);
    behind.agents = agents;
    const { services } = await register(adminUrl, router.url).catch((error) => {
      throw error instanceof NotTaken ? notTaken(error) : error;
    });
    await expectHandler(adminUrl, service.call, services);
    if (service.resolve !== undefined) {
      const { resolve } = service;
      entrance.onAwaits = (awakeable) => answer(ingressUrl, awakeable, resolve);
    }
    const patience = { ...firstPatience };
    const ground = new Ground({
      server,
      agents,
      children: undefined,
      entrances: new Map([["agent", entrance]]),
      crossing: proxy.crossing,
      record,
      patience,
    });
    const inTurn = atMost(1);
    const each = async (work: (name: string) => Promise<void>) => {
      for (const name of services) await work(name);
    };
    return {
      services,
      perform: ({ name, act }) =>
        inTurn(async () => {
          await agents.renew();
          proxy.crossing.reset();
          record.begin(name);
          entrance.tap = undefined;
          entrance.forget();
          await act(ground).finally(async () => {
            proxy.crossing.reset();
            await endInvocations(adminUrl, record, agents);
            await proxy.crossing.settled();
          });
        }),
      run: async (on) => {
        const key = randomUUID();
        const withKey = (text: string) => text.replaceAll("{key}", key);
        const body = service.input === undefined ? undefined : withKey(service.input);
        const invocation = await on.send(withKey(service.call), body);
        return Promise.race([invocation.outcome(), unread.promise]);
      },
      calmRunTook: (milliseconds) => {
        proxy.replay();
        patience.run = Math.max(leastPatience.run, milliseconds * slower);
        patience.stillness = Math.max(leastPatience.stillness, milliseconds * slower);
      },
      setMode: (mode: Mode) =>
        each((name) =>
          mode === "normal" && service.resolve !== undefined
            ? setInactivityTimeout(adminUrl, name, soon)
            : setMode(adminUrl, name, mode),
        ),
      expectMode: (mode: Mode) =>
        each(async (name) => {
          const actual = await readMode(adminUrl, name);
          if (actual !== mode) throw new Error(`${name} is in mode ${actual}, and not ${mode}.`);
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function cannotRead(host: string): CouldNotRun {
  const name = host.replace(/:443$/, "");
  return new CouldNotRun(
    `The service calls ${host} over TLS or HTTP/2, which a sweep cannot read.`,
    `Give it a base URL of http://${name}:443, or let these calls pass uncounted with --ignore ${name}`,
  );
}

function notTaken(error: Error): CouldNotRun {
  return new CouldNotRun(
    `Restate cannot use this service: ${error.message}`,
    "A sweep needs a service without request identity keys.",
  );
}

/** Answers an awakeable. Only the first answer counts, so it may be given again. */
function answer(ingressUrl: string, awakeable: string, value: string): void {
  waitFor("an answer of Restate to a resolved awakeable", resolveCap, () =>
    fetch(`${ingressUrl}/restate/awakeables/${awakeable}/resolve`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: value,
    }),
  ).catch(() => {});
}

/** Ends what still runs, with its process: an attempt that was given up may still make calls. */
async function endInvocations(
  adminUrl: string,
  record: StageRecord,
  agents: Agents,
): Promise<void> {
  const stillRun = record.invocations.some(({ ending }) => ending === undefined);
  for (const invocation of record.invocations) invocation.abandon();
  record.invocations = [];
  if (stillRun) agents.discard();
  await killAll(adminUrl);
}

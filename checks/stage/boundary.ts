import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import { attemptHeader, invocationHeader } from "./agents/caller.ts";
import { type Door, Doors } from "./doors.ts";
import type { Call, Part } from "./events.ts";
import type { Failure } from "./failures.ts";
import { readBody } from "./http.ts";
import { listenOnLoopback } from "./loopback.ts";
import type { IngressRequest } from "./restate/ingress.ts";
import { readTarget, serviceAt, subjectOf, type Target } from "./targets.ts";

/** The line between agents and everything outside them. It records calls and injects failures. */
export interface Boundary {
  /** Opens the way out for a new process. */
  openDoor(part: Part): Door;
  readonly origin: string;
  /** The calls since the last reset, in order of arrival. */
  readonly calls: readonly Call[];
  /** Lets a failure strike calls from now on. */
  inject(failure: Failure): void;
  /** Whether a failure may still strike. */
  readonly failing: boolean;
  /** Whether there is a failure that may still strike but never has. */
  readonly spares: boolean;
  /** Forgets a call that has ended. */
  forget(call: Call): void;
  /** Forgets all calls and failures. */
  reset(): void;
  /** Resolves when the calls under way have ended: until then they may still have an effect. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What is behind the boundary, and what it can do to processes and the server. */
export interface Surroundings {
  /** Read at each call: the model and the world may start later than the boundary. */
  modelUrl(): string;
  worldUrl(): string;
  kill(part: Part): void;
  killServer(): Promise<void>;
  /** Called when a call arrives, has arrived in full, is held, or ends. */
  onCall(call: Call): void;
  /**
   * Adds to a call what failures need to know about it. It is called as soon as the call arrives, and no
   * failure strikes before it resolves.
   *
   * @param attempt the router's number of the attempt that makes the call; undefined if that is unknown
   */
  getToKnow(call: Call, attempt: string | undefined): Promise<void>;
  /** Passes on a request to Restate's ingress. It does not count as a call. */
  callIngress(request: IngressRequest): Promise<Response>;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Opens the boundary on loopback. */
export async function openBoundary(surroundings: Surroundings): Promise<Boundary> {
  const connections = new Agent({ keepAlive: true });
  let calls: Call[] = [];
  let failures: Failure[] = [];
  const struck = new WeakSet<Failure>();
  const passing = new Set<Promise<void>>();
  const doors = new Doors();

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const listening = await listenOnLoopback(server, 0);

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = readTarget(incoming.url ?? "");
    if (!doors.isOpen(target.process)) {
      outgoing.destroy();
      return;
    }
    if (target.side === "ingress") return passToIngress(incoming, outgoing, target.path);
    const passed = passCall(incoming, outgoing, target);
    passing.add(passed);
    await passed.finally(() => passing.delete(passed));
  }

  async function passCall(incoming: IncomingMessage, outgoing: ServerResponse, target: Target) {
    const call = recordCall(target, incoming.headers[invocationHeader]?.toString());
    const isKnown = surroundings.getToKnow(call, incoming.headers[attemptHeader]?.toString());
    outgoing.once("close", () => {
      if (call.outcome === "under way") end(call, "cut");
    });
    const body = await readBody(incoming);
    const { part, side, path } = target;
    const key = incoming.headers["idempotency-key"];
    call.asked = [incoming.method, `/${part}/${side}/${path}`, key, body].join(" ");
    await isKnown;
    surroundings.onCall(call);
    if (await strike("before", call, outgoing)) return;
    const answer = await forward(incoming, target, body);
    call.answer = answer.body.toString();
    if (await strike("after", call, outgoing)) return;
    end(call, answer.status);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async function passToIngress(incoming: IncomingMessage, outgoing: ServerResponse, path: string) {
    const { "content-type": type = "application/json" } = incoming.headers;
    const headers = { "content-type": type };
    const body = await readBody(incoming);
    const method = incoming.method ?? "POST";
    const response = await surroundings.callIngress({ method, path, headers, body });
    outgoing.writeHead(response.status, { "content-type": "application/json" });
    outgoing.end(await response.text());
  }

  function recordCall(target: Target, invocation: string | undefined): Call {
    const service = serviceAt(target);
    const nth = calls.filter((earlier) => earlier.service === service).length + 1;
    const call: Call = {
      service,
      by: target.part,
      invocation,
      run: undefined,
      steps: [],
      nth,
      subject: subjectOf(target),
      asked: "",
      outcome: "under way",
      held: false,
      answer: "",
    };
    calls.push(call);
    surroundings.onCall(call);
    return call;
  }

  function end(call: Call, outcome: Call["outcome"]): void {
    call.outcome = outcome;
    surroundings.onCall(call);
  }

  /** Returns whether a failure ended the call. */
  async function strike(
    phase: Failure["phase"],
    call: Call,
    outgoing: ServerResponse,
  ): Promise<boolean> {
    const failure = failures.find((each) => each.phase === phase && each.strikes(call));
    if (failure) struck.add(failure);
    const blow = failure?.blow();
    switch (blow?.kind) {
      case undefined:
        return false;
      case "kill the agents":
        end(call, "cut");
        surroundings.kill(call.by);
        outgoing.destroy();
        return true;
      case "kill the server":
        await surroundings.killServer();
        return false;
      case "hold":
        call.held = true;
        surroundings.onCall(call);
        await blow.until;
        call.held = false;
        // During the hold, something else may have been injected.
        return call.outcome === "cut" || strike(phase, call, outgoing);
      case "answer":
        call.answer = blow.body;
        end(call, blow.status);
        outgoing.writeHead(blow.status, blow.headers).end(blow.body);
        return true;
    }
  }

  function forward(incoming: IncomingMessage, { side, path }: Target, body: Buffer) {
    const upstream = side === "model" ? surroundings.modelUrl() : surroundings.worldUrl();
    return new Promise<Answer>((resolve, reject) => {
      const {
        host: _,
        [invocationHeader]: __,
        [attemptHeader]: ___,
        ...headers
      } = incoming.headers;
      const outward = sendRequest(`${upstream}/${path}`, {
        method: incoming.method,
        headers,
        agent: connections,
      });
      outward.once("error", reject);
      outward.once("response", async (response) => {
        const { statusCode: status = 500, headers } = response;
        resolve({ status, headers, body: await readBody(response) });
      });
      outward.end(body);
    });
  }

  return {
    origin: listening.url,
    openDoor: (part) => doors.open(part, listening.url),
    get calls() {
      return calls;
    },
    inject: (failure) => failures.push(failure),
    get spares() {
      return failures.some((failure) => failure.standing && !struck.has(failure));
    },
    get failing() {
      return failures.some((failure) => failure.standing);
    },
    forget: (call) => {
      calls = calls.filter((each) => each !== call);
    },
    reset: () => {
      for (const failure of failures) failure.lift();
      failures = [];
      calls = [];
    },
    settled: async () => {
      await Promise.allSettled(passing);
    },
    close: async () => {
      for (const failure of failures) failure.lift();
      connections.destroy();
      await listening.close();
    },
  };
}

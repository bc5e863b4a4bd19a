import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { isFree, listenOnLoopback } from "../../checks/stage/loopback.ts";
import { query } from "../../checks/stage/restate/admin.ts";
import { chapters } from "../../manifest.ts";
import { copyWorkshop } from "../files/copy-workshop.ts";
import { freeWorkshopPorts } from "./ports.ts";

// The original, no matter what was done to the exercises of this one.
const home = copyWorkshop();

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Runs `npm start` or `npm run dev` on ports of its own. */
async function run(
  script: "start" | "dev",
  args: string[],
  environment: NodeJS.ProcessEnv = {},
  workshop = home,
) {
  const { ports, variables } = await freeWorkshopPorts();
  const child = spawn(process.execPath, [join(workshop, `scripts/${script}.ts`), ...args], {
    cwd: workshop,
    env: {
      ...process.env,
      ...variables,
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number | null);
  const stop = () => {
    child.kill("SIGINT");
    return ended;
  };
  stops.push(stop);
  const says = (text: string) => expect.poll(() => output).toContain(text);
  return { child, ended, stop, ports, variables, says, output: () => output };
}

/** Runs a command as the lesson prints it, against a workshop on other ports. */
async function curl(command: string, ingressPort: number): Promise<string> {
  const moved = command.replaceAll("curl ", "curl -s ").replaceAll("8080", String(ingressPort));
  const { stdout } = await promisify(execFile)("sh", ["-c", moved]);
  return stdout;
}

/** Runs `npm run break` for a workshop on other ports. */
function breakAt(ingressPort: number, ...words: string[]): Promise<string> {
  return breakIn(home, ingressPort, ...words);
}

/** Runs `npm run break` in a copy of the workshop. */
async function breakIn(copy: string, ingressPort: number, ...words: string[]): Promise<string> {
  const command = [join(copy, "scripts/break.ts"), ...words];
  const env = { ...process.env, INGRESS_PORT: String(ingressPort) };
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  return stdout;
}

function curlOf(chapter: string): readonly string[] {
  return chapters.find(({ number }) => number === chapter)?.curl ?? [];
}

/** Sends a claim, approves it with the printed command, and reads the outcome. */
async function expectApproval(workshop: Awaited<ReturnType<typeof run>>, command: string) {
  const { "ingress-port": ingress } = workshop.ports;
  const lines = () => workshop.output().match(/curl \S+awakeables\S+ --json 'true'/g) ?? [];
  const before = lines().length;
  const { invocationId } = JSON.parse(await curl(command, ingress));
  await expect.poll(() => lines().length).toBe(before + 1);
  await curl(lines()[before] ?? "", ingress);
  const output = `curl localhost:8080/restate/invocation/${invocationId}/attach`;
  expect(await curl(output, ingress)).toMatch(/claim of 3000 is approved.*true/);
}

describe("npm start", () => {
  test("answers the tour's commands, serves what is saved, and on Ctrl-C frees every port", async () => {
    const workshop = await run("start", ["01"]);
    await workshop.says("Ctrl-C stops everything.");
    for (const command of chapters[0]?.curl ?? []) {
      expect(workshop.output()).toContain(
        command.replaceAll("8080", String(workshop.ports["ingress-port"])),
      );
    }
    const [inSanFrancisco = "", inDenver = ""] = chapters[0]?.curl ?? [];
    expect(await curl(inSanFrancisco, workshop.ports["ingress-port"])).toMatch(/San Francisco.*°C/);
    expect(await curl(inDenver, workshop.ports["ingress-port"])).toContain("down for Denver");

    // As editors save: twice with a new file that takes the name, then in place.
    const agent = join(home, "exercises/01-durable-execution/agent.ts");
    const text = readFileSync(agent);
    const replace = () => {
      writeFileSync(`${agent}.new`, text);
      renameSync(`${agent}.new`, agent);
    };
    let registered = 1;
    for (const save of [replace, replace, () => writeFileSync(agent, text)]) {
      save();
      registered += 1;
      await expect.poll(() => workshop.output().match(/^registered/gm)?.length).toBe(registered);
    }
    expect(workshop.output()).toContain("saved: starting them again");

    expect(await workshop.stop()).toBe(0);
    const free = await Promise.all(Object.values(workshop.ports).map(isFree));
    expect(free).not.toContain(false);
  });

  test("is broken by npm run break, and continues afterwards", async () => {
    const workshop = await run("start", ["all", "--solution"]);
    await workshop.says("Ctrl-C stops everything.");
    const { "ingress-port": ingress } = workshop.ports;
    const breakIt = (...words: string[]) => breakAt(ingress, ...words);
    const ask = (city: string) =>
      curl(
        `curl localhost:8080/WeatherAgent/run --json '{"prompt": "Weather in ${city}?"}'`,
        ingress,
      );

    const outcomeOf = (id: string) =>
      curl(`curl localhost:8080/restate/invocation/${id}/attach`, ingress);

    for (const breakage of ["kill-in-weather", "kill-in-model"]) {
      await breakIt("01", breakage);
      expect(await ask("Oslo")).toMatch(/Oslo.*°C/);
      await workshop.says("it was ended by SIGKILL. Starting the solutions again.");
    }
    expect(await breakIt()).toMatch(/^Nothing is broken, and no kill is waiting\./);
    expect(await breakIt("01", "weather-down")).toContain("answers 503 from now on");
    expect(await breakIt()).toContain(
      "01 weather-down      The weather API answers 503 from now on.",
    );
    const inRome = `curl localhost:8080/WeatherAgent/run/send --json '{"prompt": "Weather in Rome?"}'`;
    const waiting = JSON.parse(await curl(inRome, ingress)).invocationId;
    await workshop.says("answered 503");
    expect(await breakIt("01", "kill-server")).toContain("is back");
    expect(await breakIt("01", "weather-down")).toContain("answers again");
    expect(await outcomeOf(waiting)).toMatch(/Rome.*°C/);

    // A failure strikes only in its own chapter, and only once, no matter how often it is asked for.
    expect(await breakIt("08", "kill-in-weather")).toMatch(/^The agents are killed when/);
    expect(await breakIt("08", "kill-in-weather")).toMatch(/^You have already typed this\./);
    await breakIt("06", "kill-in-analysis");
    expect(await ask("Bergen")).toMatch(/Bergen.*°C/);
    expect(await curl(curlOf("05")[1] ?? "", ingress)).toContain("claim of 3000 is approved");
    expect(workshop.output().match(/ended by SIGKILL/g)).toHaveLength(2);
    expect(await breakIt()).toMatch(/^06 kill-in-analysis .*\n08 kill-in-weather /);
    expect(await curl(curlOf("08")[0] ?? "", ingress)).toMatch(/says of New York: /);
    expect(workshop.output().match(/ended by SIGKILL/g)).toHaveLength(3);
    expect(await breakIt()).not.toContain("08");
    expect(await breakIt("calm", "05")).toMatch(/^Nothing is broken in chapter 05, /);
    expect(await breakIt("calm", "06")).toMatch(/^Ended:\n06 kill-in-analysis /);
    expect(await curl(curlOf("06")[1] ?? "", ingress)).toContain("claim of 3000 is approved");
    expect(workshop.output().match(/ended by SIGKILL/g)).toHaveLength(3);
    expect(await breakIt("calm")).toBe("Nothing is broken, and no kill is waiting.\n");

    const claim = curlOf("03")[0] ?? "";
    const { invocationId } = JSON.parse(await curl(claim, ingress));
    await workshop.says("Approve it with");
    await expect(breakIt("05", "deny")).rejects.toThrow("The reviewer has no request.");
    expect(await breakIt("03", "deny")).toContain("The reviewer denies sign_1");
    expect(await outcomeOf(invocationId)).toContain("denied");
    await expect(breakIt("03", "approve")).rejects.toThrow("The reviewer has no request.");
  });

  test("says in two lines what is wrong with agents that do not compile", async () => {
    const copy = copyWorkshop();
    const agent = join(copy, "exercises/01-durable-execution/agent.ts");
    const written = readFileSync(agent, "utf8");
    const broken = written.replace("restate.service({", "restate.service({{");
    const place = "exercises/01-durable-execution/agent.ts:7: SyntaxError";

    writeFileSync(agent, broken);
    const atStart = await run("start", ["01"], {}, copy);
    expect(await atStart.ended).toBe(2);
    const [why, whatToDo, ...more] =
      atStart
        .output()
        .split(/(?=^The agents)/m)[1]
        ?.split("\n") ?? [];
    expect([why, whatToDo, ...more]).toEqual([
      expect.stringContaining(place),
      "Fix it, then: npm start",
      "",
    ]);

    writeFileSync(agent, written);
    const later = await run("start", ["01"], {}, copy);
    await later.says("Ctrl-C stops everything.");
    writeFileSync(agent, broken);
    await later.says(place);
    await later.says("Fix it and save: they start again by themselves.");
    expect(later.output()).not.toContain("    at ");
    writeFileSync(agent, written);
    await expect.poll(() => later.output().match(/^registered/gm)?.length).toBe(2);
  });

  test("with the solutions retries Denver, a line an attempt, and starts killed agents again", async () => {
    const workshop = await run("start", ["01", "--solution"]);
    await workshop.says("Ctrl-C stops everything.");
    expect(workshop.output()).toMatch(/^agents .*, with the solutions, not your exercises$/m);
    const [, inDenver = ""] = chapters[0]?.curl ?? [];
    await curl(inDenver.replace("/run ", "/run/send "), workshop.ports["ingress-port"]);
    const failed =
      /^attempt \d+ +WeatherAgent\/run failed in "get weather": \[SIMULATED\] .*; next .+$/gm;
    const attempts = () => workshop.output().match(failed) ?? [];
    await expect.poll(() => attempts().length).toBeGreaterThan(1);
    expect(attempts()[0]).toMatch(/^attempt 1 /);
    expect(attempts()[1]).toMatch(/^attempt 2 /);

    const processes = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" });
    const agents = processes
      .split("\n")
      .find((line) => line.includes(`"port":${workshop.ports["agents-port"]},`));
    const before = attempts().length;
    process.kill(Number.parseInt(agents ?? "", 10), "SIGKILL");
    await workshop.says("it was ended by SIGKILL. Starting the solutions again.");
    await expect.poll(() => attempts().length).toBeGreaterThan(before);
    expect(workshop.output().match(/down for Denver/g)).toHaveLength(attempts().length);
    expect(workshop.output()).not.toMatch(/ {4}at |Stacktrace|\[restate\]/);
  });

  test("without a chapter serves all, and prints the commands of the one where the learner is", async () => {
    const copy = copyWorkshop();
    const passed = { spent: 0, passedAt: new Date().toISOString() };
    const work = Object.fromEntries(
      ["01 agent", "02 agent", "02 tracing-agent", "03 agent"].map((name) => [name, passed]),
    );
    mkdirSync(join(copy, ".workshop"));
    writeFileSync(join(copy, ".workshop", "progress.json"), JSON.stringify({ work }));
    const workshop = await run("start", [], {}, copy);
    await workshop.says("Ctrl-C stops everything.");
    expect(workshop.output()).toMatch(/^registered .*Chat.*WeatherAgent$/m);
    expect(workshop.output().match(/^Try chapter .*$/gm)).toEqual([
      "Try chapter 03, Human in the loop, in another terminal:",
    ]);
    expect(workshop.output().match(/^curl .*$/gm)).toHaveLength(curlOf("03").length);
  });

  test("with --verbose shows all that the SDK logs of an attempt", async () => {
    const workshop = await run("start", ["01", "--solution", "--verbose"]);
    await workshop.says("Ctrl-C stops everything.");
    const [, inDenver = ""] = chapters[0]?.curl ?? [];
    await curl(inDenver.replace("/run ", "/run/send "), workshop.ports["ingress-port"]);
    await workshop.says("INFO: Starting invocation.");
    await workshop.says("WARN: Error when processing ctx.run 'get weather'.");
    await workshop.says("agents |     at failOnDenver (");
    await workshop.says("INFO: Replaying invocation.");
    expect(workshop.output()).not.toMatch(/^attempt |request signatures/m);
  });

  test("shows what agents log once, whole and in order, and the error that ends them", async () => {
    const copy = copyWorkshop();
    const agent = join(copy, "exercises/01-durable-execution/agent.ts");
    const logs = `console.log("first\\nsecond");
      console.error("third");
      ctx.console.warn("fourth");
      console.log("fifth");
      if (prompt === "crash") setTimeout(() => { throw new Error("nobody catches this"); });
      // TODO: keep every`;
    writeFileSync(agent, readFileSync(agent, "utf8").replace("// TODO: keep every", logs));
    const workshop = await run("start", ["01"], {}, copy);
    await workshop.says("Ctrl-C stops everything.");
    const [inSanFrancisco = ""] = chapters[0]?.curl ?? [];
    await curl(inSanFrancisco, workshop.ports["ingress-port"]);
    await workshop.says("done       WeatherAgent/run");
    const [, shown = ""] = workshop.output().split("Ctrl-C stops everything.\n");
    expect(shown.split("\n")).toEqual([
      "agents | first",
      "agents | second",
      "agents | third",
      expect.stringMatching(
        /^agents \| \[restate\]\S+\[WeatherAgent\/run\]\[inv_\w+\] WARN: fourth$/,
      ),
      "agents | fifth",
      "done       WeatherAgent/run",
      "",
    ]);

    const crash = `curl localhost:8080/WeatherAgent/run/send --json '{"prompt": "crash"}'`;
    await curl(crash, workshop.ports["ingress-port"]);
    await workshop.says("agents | Error: nobody catches this\nagents |     at ");
    await workshop.says("Error: nobody catches this. Starting them again.");
  });

  test("says once what to do about an invocation of a chapter that it does not serve", async () => {
    const copy = copyWorkshop();
    const first = await run("start", ["02", "--solution"], {}, copy);
    await first.says("Ctrl-C stops everything.");
    const denver = `curl localhost:8080/ObservedWeatherAgent/run/send --json '{"prompt": "What is the weather like in Denver?"}'`;
    await curl(denver, first.ports["ingress-port"]);
    await first.says("The weather API is down for Denver");
    await first.stop();

    const second = await run("start", ["03", "--solution"], first.variables, copy);
    await second.says("not served An older invocation of ObservedWeatherAgent is retrying.");
    await second.says(
      "To continue it: npm start 02. To delete all invocations: npm start -- --fresh",
    );
    expect(second.output()).not.toContain("No service found");
    await second.stop();
  });

  test("says again how to approve a claim that waits, whenever agents or it are started", async () => {
    const copy = copyWorkshop();
    const first = await run("start", ["03", "--solution"], {}, copy);
    await first.says("Ctrl-C stops everything.");
    const { "ingress-port": ingress } = first.ports;
    const { invocationId } = JSON.parse(await curl(curlOf("03")[0] ?? "", ingress));
    await first.says("/resolve --json 'true'");
    const [approve, command = ""] =
      first.output().match(/^approve {4}(curl \S+\/awakeables\/\S+\/resolve --json 'true')$/m) ??
      [];
    expect(approve).toBeDefined();
    const again = `approve    HumanClaimApprovalAgent/run still waits: ${command}`;

    const agent = join(copy, "solutions/03-human-in-the-loop/agent.ts");
    writeFileSync(agent, readFileSync(agent));
    await first.says("agents     saved: starting the solutions again");
    await first.says(again);
    await first.stop();

    const second = await run("start", ["03", "--solution"], first.variables, copy);
    await second.says(again);
    expect(await breakIn(copy, ingress, "03", "approve")).toContain("The reviewer approves sign_1");
    const output = `curl localhost:8080/restate/invocation/${invocationId}/attach`;
    expect(await curl(output, ingress)).toMatch(/claim of 3000 is approved/);
    for (const times of [1, 2]) {
      writeFileSync(agent, readFileSync(agent));
      await expect.poll(() => second.output().match(/^registered as before/gm)).toHaveLength(times);
    }
    expect(second.output().split(again)).toHaveLength(2);
  });

  test("shows chapter 02's traces as trees, and which of its steps is retrying", async () => {
    const workshop = await run("start", ["02", "--solution"]);
    await workshop.says("Ctrl-C stops everything.");
    const [inDenver = "", inSanFrancisco = ""] = curlOf("02");
    expect(await curl(inSanFrancisco, workshop.ports["ingress-port"])).toMatch(/San Francisco.*°C/);
    await workshop.says("attempt TracedWeatherAgent/run");
    const tree = workshop.output().split(/^trace {6}/m)[1] ?? "";
    expect(tree.split("\n").map((line) => line.trim().replace(/\d+ ms$/, "… ms"))).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      "attempt TracedWeatherAgent/run, … ms",
      "├─ run (calling openai.responses), … ms",
      "├─ run (get weather in San Francisco), … ms",
      "└─ run (calling openai.responses), … ms",
      "",
    ]);

    await curl(inDenver, workshop.ports["ingress-port"]);
    await workshop.says("down for Denver");
    const script = join(home, "exercises/02-observing-agents/retrying.ts");
    const environment = { ...process.env, ADMIN_PORT: String(workshop.ports["admin-port"]) };
    const ask = () => promisify(execFile)(process.execPath, [script], { env: environment });
    await expect
      .poll(async () => (await ask()).stdout.replace(/inv_\w+|\d{4}-\S+, \d+/g, "…"))
      .toBe(
        [
          "ObservedWeatherAgent/run, …",
          "  retrying  get weather in Denver",
          "  since     … attempts",
          "  why       [500 Internal] [SIMULATED] The weather API is down for Denver",
          "",
        ].join("\n"),
      );
  });

  test("sends spans to the collector that the environment names", async () => {
    const paths: (string | undefined)[] = [];
    const collector = await listenOnLoopback(
      createHttpServer((request, response) => {
        if (request.headers["content-type"] === "application/json") paths.push(request.url);
        response.end("{}");
      }),
      0,
    );
    stops.push(() => collector.close());
    const workshop = await run("start", ["02", "--solution"], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    await workshop.says(`${collector.url}, as OTEL_EXPORTER_OTLP_ENDPOINT says`);
    await workshop.says("Ctrl-C stops everything.");
    await curl(curlOf("02")[1] ?? "", workshop.ports["ingress-port"]);
    // Three calls and their attempt.
    await expect.poll(() => paths).toEqual(Array(4).fill("/v1/traces"));
  });

  test("uses the model and the weather that the environment names", async () => {
    const calls: string[] = [];
    const named: unknown[] = [];
    const provider = await listenOnLoopback(
      createHttpServer((request, response) => {
        calls.push(`${request.url} ${request.headers.authorization}`);
        named.push(request.headers["x-restate-invocation-id"]);
        response.writeHead(400, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: "no such model here" } }));
      }),
      0,
    );
    stops.push(() => provider.close());
    const workshop = await run("start", ["--solution"], {
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: "of-a-learner",
      WEATHER_API_URL: "http://127.0.0.1:9/weather",
    });
    await workshop.says("the weather is from http://127.0.0.1:9/weather");
    await workshop.says("Ctrl-C stops everything.");
    const answer = await curl(chapters[0]?.curl[0] ?? "", workshop.ports["ingress-port"]);
    expect(answer).toContain("no such model here");
    expect(calls[0]).toBe("/v1/responses Bearer of-a-learner");
    // The variable that tells the workshop who calls must not reach the agents' code.
    expect(named[0]).toBeUndefined();
  });

  test("sends no call to this machine to a proxy that the environment names", async () => {
    let reached = 0;
    const proxy = await listenOnLoopback(
      createServer((socket) => {
        reached += 1;
        socket.destroy();
      }),
      0,
    );
    stops.push(() => proxy.close());
    const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    const workshop = await run("start", ["01", "--solution"], {
      ...Object.fromEntries(names.map((name) => [name, proxy.url])),
      NODE_USE_ENV_PROXY: "1",
    });
    await workshop.says("Ctrl-C stops everything.");
    const answer = await curl(chapters[0]?.curl[0] ?? "", workshop.ports["ingress-port"]);
    expect(answer).toMatch(/San Francisco.*°C/);
    expect(reached).toBe(0);
  });

  test("says in two lines what keeps it from starting", async () => {
    const occupied = await listenOnLoopback(createServer(), 0);
    stops.push(() => occupied.close());
    const blocked = await run("start", [], { ADMIN_PORT: String(occupied.port) });
    expect(await blocked.ended).toBe(2);
    expect(blocked.output().trim().split("\n")).toEqual([
      `Port ${occupied.port}, for Restate's admin API and UI, is in use.`,
      "Stop what listens there, or use another port for Restate's admin API and UI: npm start -- --admin-port 19070",
    ]);

    const unknown = await run("start", ["12"]);
    expect(await unknown.ended).toBe(2);
    expect(unknown.output()).toMatch(/^There is no chapter "12"\.\nThere are: 01/);
  });
});

describe("npm start with all solutions answers the commands of", () => {
  let workshop: Awaited<ReturnType<typeof run>>;
  let stopsOfAll: typeof stops;

  beforeAll(async () => {
    workshop = await run("start", ["all", "--solution"]);
    stopsOfAll = stops.splice(0);
    await vi.waitFor(() => expect(workshop.output()).toContain("Ctrl-C stops everything."), 90_000);
  });

  afterAll(async () => {
    for (const stop of stopsOfAll) await stop();
  });

  test("chapter 03's commands, and the lines that the agents print", async () => {
    for (const command of curlOf("03")) await expectApproval(workshop, command);
  });

  test("chapter 05's commands, and the line that the workflow prints", async () => {
    const [subWorkflow = "", multiAgent = ""] = curlOf("05");
    await expectApproval(workshop, subWorkflow);
    const decision = await curl(multiAgent, workshop.ports["ingress-port"]);
    expect(decision).toMatch(/claim of 3000 is approved.*Eligible.*Low fraud risk/);
  });

  test("chapter 04's commands, eight messages at once among them", async () => {
    const { "ingress-port": ingress } = workshop.ports;
    const [poem = "", shorten = "", history = "", atOnce = ""] = curlOf("04");
    expect(await curl(poem, ingress)).toMatch(/durable execution.*solution/);
    expect(await curl(shorten, ingress)).toContain("make a poem about durable execution");
    expect(await curl(history, ingress)).toMatch(/make a poem.*findRhymes.*shorten it/);

    const sent = await curl(`${atOnce}\nwait`, ingress);
    const ids = [...sent.matchAll(/"invocationId":"(\w+)"/g)].map(([, id]) => id);
    expect(ids).toHaveLength(8);
    for (const id of ids) {
      const output = `curl localhost:8080/restate/invocation/${id}/attach`;
      expect(await curl(output, ingress)).toMatch(/^\{"answer":"\S/);
    }
    const whole = JSON.parse(await curl(history, ingress)) as { role: string }[];
    expect(whole.filter(({ role }) => role === "user")).toHaveLength(4);
  });

  test("chapter 06's commands", async () => {
    const answers = [];
    for (const command of curlOf("06"))
      answers.push(await curl(command, workshop.ports["ingress-port"]));
    const [tools, agents, race] = answers;
    expect(tools).toMatch(/claim of 3000 is approved.*Eligible.*standard rates.*Low fraud risk/);
    expect(agents).toMatch(/claim of 3000 is approved.*Eligible.*standard rates.*Low fraud risk/s);
    expect(race).toMatch(/^"(Eligible|Low fraud risk).*"$/);
  });

  test("a race in chapter 06 while fraud is slow, and cancels who has lost", async () => {
    const { "ingress-port": ingress } = workshop.ports;
    await breakAt(ingress, "06", "slow-fraud");
    expect(await curl(curlOf("06")[2] ?? "", ingress)).toMatch(/^"Eligible/);
    await expect.poll(() => endsOf("FraudCheckAgent")).toContain("[409] Cancelled");
    expect(await breakAt(ingress, "06", "slow-fraud")).toContain("The fraud specialist continues");
  });

  test("a claim in chapter 05 that is cancelled while a specialist is held", async () => {
    const { "ingress-port": ingress } = workshop.ports;
    await breakAt(ingress, "05", "specialist-silent");
    const claim = curlOf("05")[1]?.replace("/run ", "/run/send ") ?? "";
    const { invocationId } = JSON.parse(await curl(claim, ingress));
    await expect.poll(() => statusesOf("EligibilityAgent")).toContain("running");
    await fetch(`${adminUrl()}/invocations/${invocationId}/cancel`, { method: "PATCH" });
    await expect.poll(() => endsOf("EligibilityAgent")).toContain("[409] Cancelled");
    await breakAt(ingress, "calm", "05");
  });

  test("a round in chapter 08 that the reviewer is slow to hear of", async () => {
    const { "ingress-port": ingress } = workshop.ports;
    await breakAt(ingress, "08", "review-silent");
    const cities = "New York, Oslo, Rome and San Francisco";
    const prompt = curlOf("08")[0]?.replace("New York and San Francisco", cities) ?? "";
    const { invocationId } = JSON.parse(await curl(prompt.replace("/run ", "/run/send "), ingress));
    await expect.poll(() => statusesOf("ManualLoopAgent")).toContain("running");
    await expect(breakAt(ingress, "08", "approve")).rejects.toThrow("The reviewer has no request.");
    await breakAt(ingress, "08", "review-silent");
    await expect
      .poll(() => breakAt(ingress, "08", "approve").catch(String))
      .toContain("The reviewer approves");
    const output = `curl localhost:8080/restate/invocation/${invocationId}/attach`;
    expect(await curl(output, ingress)).toMatch(/says of Oslo: /);
  });

  test("chapter 07's last agent while the weather API is down, after five tries", async () => {
    const { "ingress-port": ingress } = workshop.ports;
    await breakAt(ingress, "07", "weather-down");
    const inOslo = curlOf("07")[2]?.replace("Atlantis", "Oslo") ?? "";
    expect(await curl(inOslo, ingress)).toContain("The weather is not known right now.");
    await breakAt(ingress, "07", "weather-down");
    expect(await curl(inOslo, ingress)).toMatch(/Oslo.*°C/);
  });

  const adminUrl = () => `http://127.0.0.1:${workshop.ports["admin-port"]}`;

  async function invocationsOf(service: string) {
    return query<{ status: string; completion_failure?: string }>(
      adminUrl(),
      `select status, completion_failure from sys_invocation where target_service_name = '${service}'`,
    );
  }

  const statusesOf = async (service: string) =>
    (await invocationsOf(service)).map(({ status }) => status);

  const endsOf = async (service: string) =>
    (await invocationsOf(service)).map(({ completion_failure }) => completion_failure);

  test("chapter 07's commands, of which one must fail", async () => {
    const answers = [];
    for (const command of curlOf("07"))
      answers.push(await curl(command, workshop.ports["ingress-port"]));
    const [fails, ends, goesOn] = answers.map((answer) => JSON.parse(answer));
    expect(fails).toMatchObject({ code: 404, message: "No such city: Atlantis" });
    expect(ends).toEqual({ failedTool: "getWeather", reason: "No such city: Atlantis" });
    expect(goesOn).toContain("The weather is not known right now.");
  });

  test("chapter 08's commands, of which the last must fail", async () => {
    const answers = [];
    for (const command of curlOf("08"))
      answers.push(await curl(command, workshop.ports["ingress-port"]));
    const [loop, business, family] = answers.map((answer) => JSON.parse(answer));
    expect(loop).toMatch(/says of New York: .*says of San Francisco: /s);
    expect(business).toMatch(/Reserved a hotel: .*Reserved a flight: /);
    expect(family).toMatchObject({ code: 409, message: expect.stringContaining("no SUV") });
  });
});

test("npm run dev serves the agents, for Restate to be told by hand", async () => {
  const agents = await run("dev", ["01"]);
  await agents.says(`{"uri": "http://localhost:${agents.ports["agents-port"]}"}`);
  expect(await isFree(agents.ports["agents-port"])).toBe(false);
  expect(await isFree(agents.ports["ingress-port"])).toBe(true);
  expect(await agents.stop()).toBe(0);
  expect(await isFree(agents.ports["agents-port"])).toBe(true);
});

import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { oneAtATime } from "../shared/kept-in-the-module.ts";
import type { Change, Proof } from "../shared/proof.ts";

const race = "restate.RestatePromise.race(specialists)";
const cancel = `for (const specialist of specialists) {
          ctx.invocation(await specialist.invocationId).cancel();
        }`;
const taken = "return await answer;";
const settle = `try {
        ${taken}
      } finally {
        ${cancel}
      }`;

const agent = (...replace: Change["replace"]): Change[] => [{ file: "racing-agents.ts", replace }];

export const proof: Proof = {
  stubFails: [
    "first-wins",
    "other-wins",
    "loser-cancelled",
    "refuses-first",
    "crash-in-the-race",
    "calm",
  ],
  mistakes: [
    oneAtATime(
      "racing-agents.ts",
      "      const specialists = [",
      "for (const specialist of specialists) {",
    ),
    {
      id: "who-instead-of-what",
      belief: "The race tells me who has won.",
      changes: agent([
        `const answer = ${race}`,
        `const answer = restate.RestatePromise.race(
        specialists.map((specialist, place) => specialist.map(() => String(place))),
      )`,
      ]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /The answer is not what a specialist said/,
    },
    {
      id: "returns-the-promise",
      belief: "In an async function, returning a promise is awaiting it.",
      changes: agent([taken, "return answer;"]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /The agent cancels the specialist that it waits for/,
    },
    {
      id: "waits-for-all",
      belief: "I take the first of the answers.",
      changes: agent([
        `const answer = ${race}`,
        "const [answer] = await restate.RestatePromise.all(specialists)",
      ]),
      caughtBy: { check: "first-wins", mode: "normal" },
      cause: /It waits for all of them, or always for the same one/,
    },
    {
      id: "plain-promise-in-the-race",
      belief: "A timeout of my own can take part in the race.",
      changes: agent([
        race,
        `await restate.RestatePromise.race([
        ...specialists,
        new Promise<string>((resolve) => setTimeout(() => resolve("too late"), 60_000).unref()),
      ] as typeof specialists)`,
      ]),
      caughtBy: { check: "answers", mode: "normal" },
      cause: /One of Restate's combinators got a promise that is not/,
    },
    {
      id: "always-the-same",
      belief: "The fraud check is the quicker one, so it always wins.",
      changes: agent([race, "await specialists[1]"]),
      caughtBy: { check: "other-wins", mode: "normal" },
      cause: /It waits for all of them, or always for the same one/,
    },
    {
      id: "native-promise-race",
      belief: "Promise.race gives me the first answer.",
      changes: agent([race, "await Promise.race(specialists)"]),
      caughtBy: { check: "first-wins", mode: "normal" },
      cause: /waits for Restate's promises with JavaScript's own Promise/,
    },
    {
      id: "fetch-to-the-ingress",
      belief: "Services have HTTP addresses, and fetches can race.",
      changes: agent(
        [
          `[
        ctx.serviceClient(eligibilityAgent).run(claim),
        ctx.serviceClient(fraudCheckAgent).run(claim),
      ]`,
          `["EligibilityAgent", "FraudCheckAgent"].map(async (name) => {
        const response = await fetch(\`\${process.env.RESTATE_INGRESS_URL}/\${name}/run\`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(claim),
        });
        return response.json() as Promise<string>;
      })`,
        ],
        [race, "await Promise.race(specialists)"],
        [cancel, ""],
      ),
      caughtBy: { check: "crash-in-the-race", mode: "normal" },
      cause: /makes the call with fetch, and Restate does not know/,
    },
    {
      id: "loser-left-running",
      belief: "Nobody waits for the loser, so it does no harm.",
      changes: agent([cancel, ""]),
      caughtBy: { check: "loser-cancelled", mode: "normal" },
      cause: /The agent ends without cancelling that invocation/,
    },
    {
      id: "stopped-only-behind-an-answer",
      belief: "When the first answer is there, I stop the other one.",
      changes: agent([
        settle,
        `const first = await answer;
      ${cancel}
      return first;`,
      ]),
      caughtBy: { check: "refuses-first", mode: "normal" },
      cause: /The agent ends without cancelling that invocation/,
    },
    {
      id: "refusal-as-an-answer",
      belief: "The first one to end has decided, one way or the other.",
      changes: agent([race, `${race}.map((answer) => answer ?? "")`]),
      caughtBy: { check: "refuses-first", mode: "normal" },
      cause: /Something else is returned instead of the specialist's/,
    },
    {
      id: "cancelled-is-an-answer",
      belief: "If I cancel a run, I am told that it was cancelled.",
      changes: agent([
        "} finally {",
        `} catch (error) {
        if (!(error instanceof restate.CancelledError)) throw error;
        return "Cancelled.";
      } finally {`,
      ]),
      caughtBy: { check: "cancelled", mode: "normal" },
      cause: /The cancellation was caught/,
    },
    sampledEachThirdTime("racing-agents.ts", "const specialists = ["),
  ],
  variants: [
    {
      id: "any",
      how: "the first that succeeds",
      changes: agent(["RestatePromise.race(", "RestatePromise.any("]),
    },
    {
      id: "only-the-loser",
      how: "each answer with its author, and only the other one cancelled",
      changes: agent(
        [
          `const answer = ${race}`,
          `const first = restate.RestatePromise.race(
        specialists.map((specialist, place) =>
          specialist.map((answer, failure) => ({ winner: place, answer, failure })),
        ),
      )`,
        ],
        [
          settle,
          `const { winner, answer, failure } = await first;
      const loser = specialists[1 - winner];
      if (loser) ctx.invocation(await loser.invocationId).cancel();
      if (failure) throw failure;
      return answer;`,
        ],
      ),
    },
    {
      id: "ids-asked-first",
      how: "the ids known before the race begins",
      changes: agent(
        [
          "// TODO: take the first",
          `const ids = [];
      for (const specialist of specialists) ids.push(await specialist.invocationId);
      // TODO: take the first`,
        ],
        [cancel, "for (const id of ids) ctx.invocation(id).cancel();"],
      ),
    },
  ],
};

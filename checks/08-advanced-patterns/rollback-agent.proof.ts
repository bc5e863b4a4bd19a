import { sampledEachThirdTime } from "../shared/by-chance.ts";
import { triesOnce } from "../shared/model-down.ts";
import type { Change, Proof } from "../shared/proof.ts";

const key = "const idempotencyKey = ctx.rand.uuidv4();";
const reserving = `        const reserve = () => ctx.run(\`book \${name}\`, () => offer.reserve(request, idempotencyKey));
`;
const noting = `        const note = ({ id }: Reservation) =>
          bookings.push({
            confirm: () => ctx.run(\`confirm \${name}\`, () => offer.confirm(id)),
            cancel: () => ctx.run(\`cancel \${name}\`, () => offer.cancel(id)),
          });
`;
const reservation = `await reserve().catch(async (error) => {
          if (error instanceof restate.CancelledError) note(await evenIfCancelled(reserve));
          throw error;
        });
        note(reservation);
`;
const askedAgain = "note(await evenIfCancelled(reserve))";
const throwing = `          stopWhen: [
            isStepCount(10),
            ({ steps }) => {
              steps.forEach(rethrowTerminalToolError);
              return false;
            },
          ],
`;
const settling = `      const evenIfCancelled = <Made>(step: () => restate.RestatePromise<Made>): Promise<Made> =>
        step().catch((error) => {
          if (!(error instanceof restate.CancelledError)) throw error;
          return evenIfCancelled(step);
        });

      const { text } = await arrangeTrip().catch(async (error) => {
        for (const { cancel } of bookings.reverse()) await evenIfCancelled(cancel);
        throw error;
      });
      for (const { confirm } of bookings) await evenIfCancelled(confirm);
`;
const cancelling = "for (const { cancel } of bookings.reverse()) await evenIfCancelled(cancel);";
const confirming = "for (const { confirm } of bookings) await evenIfCancelled(confirm);";
/** Confirms where the catch that rolls back also catches what fails then. */
const confirmedUnderTheCatch: Change["replace"] = [
  [
    "await arrangeTrip().catch(async (error) => {",
    `await arrangeTrip().then(async (trip) => {
        for (const { confirm } of bookings) await confirm();
        return trip;
      }).catch(async (error) => {`,
  ],
  [`      ${confirming}\n`, ""],
];

const agent = (...replace: Change["replace"]): Change[] => [{ file: "rollback-agent.ts", replace }];

export const proof: Proof = {
  stubFails: [
    "rolls-back",
    "crash-after-reservation",
    "crash-in-rollback",
    "outage-in-rollback",
    "cancelled-while-booking",
    "cancelled-as-booked",
    "cancelled-while-asking",
    "cancelled-in-rollback",
    "cancelled-in-confirmation",
  ],
  mistakes: [
    {
      id: "key-of-the-kind",
      belief: "A trip has one hotel, one flight and one car, so the run and the kind make a key.",
      changes: agent([key, "const idempotencyKey = `${ctx.request().id} ${name}`;"]),
      caughtBy: { check: "two-of-a-kind", mode: "normal" },
      cause: /Two bookings share the key/,
    },
    {
      id: "outage-told-to-the-model",
      belief: "If something cannot be booked in three attempts, the model is told and decides.",
      changes: agent(
        [
          reserving,
          reserving.replace("idempotencyKey));", "idempotencyKey), { maxRetryAttempts: 3 });"),
        ],
        [
          reservation,
          `await reserve().catch(async (error) => {
          if (error instanceof restate.CancelledError) note(await evenIfCancelled(reserve));
          if (error instanceof restate.TerminalError && error.code !== 409) return undefined;
          throw error;
        });
        if (reservation === undefined) return \`No \${name} can be booked.\`;
        note(reservation);
`,
        ],
      ),
      caughtBy: { check: "outage-in-reservation", mode: "normal" },
      cause: /The model got the outage as the tool's answer/,
    },
    {
      id: "answer-missed",
      belief: "A reservation that throws was not made.",
      changes: agent([reservation, "await reserve();\n        note(reservation);\n"]),
      caughtBy: { check: "cancelled-while-booking", mode: "normal" },
      alsoFails: ["cancelled-as-booked"],
      cause: /The answer to a reservation was lost. Your code did not ask/,
    },
    {
      id: "asked-again-with-another-key",
      belief: "An interrupted step is made again, with a new key.",
      changes: agent(
        [
          reserving,
          reserving.replace("= () =>", "= (key: string) =>").replace("idempotencyKey", "key"),
        ],
        ["await reserve().catch", "await reserve(idempotencyKey).catch"],
        [askedAgain, "note(await evenIfCancelled(() => reserve(ctx.rand.uuidv4())))"],
      ),
      caughtBy: { check: "cancelled-while-booking", mode: "normal" },
      cause: /with one key, and then with another key/,
    },
    {
      id: "asked-again-once",
      belief: "Nobody cancels a run twice while it reserves.",
      changes: agent([askedAgain, "note(await reserve())"]),
      caughtBy: { check: "cancelled-as-booked", mode: "normal" },
      cause: /The answer to a reservation was lost. Your code did not ask/,
    },
    {
      id: "booked-all-the-same",
      belief: "Once the reservation is found again, the trip can continue.",
      changes: agent([
        reservation,
        `await reserve().catch((error) => {
          if (!(error instanceof restate.CancelledError)) throw error;
          return evenIfCancelled(reserve);
        });
        note(reservation);
`,
      ]),
      caughtBy: { check: "cancelled-while-booking", mode: "normal" },
      cause: /The cancellation was caught, or the model got it as the/,
    },
    {
      id: "bookings-in-the-module",
      belief: "I note the bookings in a list, which I empty when a trip comes.",
      changes: agent(
        ["export default restate", "let bookings: Booking[] = [];\n\nexport default restate"],
        ["const bookings: Booking[] = [];", "bookings = [];"],
      ),
      caughtBy: { check: "two-at-once", mode: "normal" },
      cause: /kept in a variable of the module/,
    },
    {
      id: "never-confirmed",
      belief: "What is reserved is booked.",
      changes: agent([`      ${confirming}\n`, ""]),
      caughtBy: { check: "books", mode: "normal" },
      cause: /The step that confirms or cancels it is never awaited/,
    },
    {
      id: "confirmed-in-the-tool",
      belief: "A booking is made when its tool returns.",
      changes: agent(
        [
          "        note(reservation);\n",
          `        note(reservation);
        await ctx.run(\`confirm \${name}\`, () => offer.confirm(reservation.id));
`,
        ],
        [`      ${confirming}\n`, ""],
      ),
      caughtBy: { check: "confirms-last", mode: "normal" },
      cause: /Each booking is confirmed in its own tool/,
    },
    {
      id: "rethrown-in-on-step-finish",
      belief: "An error that I throw in onStepFinish ends the agent, as the tour's text says.",
      changes: agent([
        throwing,
        `          stopWhen: [isStepCount(10)],
          onStepFinish: rethrowTerminalToolError,
`,
      ]),
      caughtBy: { check: "rolls-back", mode: "normal" },
      cause: /The model got the error as the tool's answer, and/,
    },
    {
      id: "in-booking-order",
      belief: "The order in which I cancel does not matter.",
      changes: agent(["bookings.reverse()", "bookings"]),
      caughtBy: { check: "rolls-back", mode: "normal" },
      cause: /goes through the list from its beginning/,
    },
    {
      id: "not-awaited",
      belief: "A step runs when I call it.",
      changes: agent(["await evenIfCancelled(cancel);", "cancel();"]),
      caughtBy: { check: "rolls-back", mode: "normal" },
      cause: /is never awaited/,
    },
    {
      id: "reason-swallowed",
      belief: "When everything is cancelled, the run has ended well.",
      changes: agent(
        [
          `${cancelling}
        throw error;`,
          `${cancelling}
        bookings.length = 0;
        return { text: "Sorry, this trip cannot be booked." };`,
        ],
        ["arrangeTrip().catch(async (error) => {", "arrangeTrip().catch(async () => {"],
      ),
      caughtBy: { check: "rolls-back", mode: "normal" },
      cause: /The error is not rethrown/,
    },
    {
      id: "key-for-each-attempt",
      belief: "A random key is a key.",
      changes: agent([key, "const idempotencyKey = crypto.randomUUID();"]),
      caughtBy: { check: "crash-after-reservation", mode: "normal" },
      cause: /requested this reservation with one key, and then with another key/,
    },
    {
      id: "key-inside-the-step",
      belief: "ctx.rand is the same in every attempt, wherever I use it.",
      changes: agent(
        [`        ${key}\n`, ""],
        ["offer.reserve(request, idempotencyKey)", "offer.reserve(request, ctx.rand.uuidv4())"],
      ),
      caughtBy: { check: "crash-after-reservation", mode: "normal" },
      cause: /The key is made inside the step/,
    },
    {
      id: "noted-inside-the-step",
      belief: "The step itself can note what it has booked.",
      changes: agent(
        [
          reserving,
          `        const reserve = () =>
          ctx.run(\`book \${name}\`, async () => {
            const made = await offer.reserve(request, idempotencyKey);
            note(made);
            return made;
          });
`,
        ],
        [reservation, reservation.replace("        note(reservation);\n", "")],
        [
          `if (error instanceof restate.CancelledError) ${askedAgain}`,
          "if (error instanceof restate.CancelledError) await evenIfCancelled(reserve)",
        ],
      ),
      caughtBy: { check: "crash-after-reservation", mode: "normal" },
      alsoFails: ["crash-in-confirmation", "crash-in-rollback"],
      cause: /After a replay your code does not know this booking/,
    },
    {
      id: "a-limit-on-cancelling",
      belief: "If it cannot be cancelled in two attempts, it cannot be cancelled.",
      changes: agent([
        "() => offer.cancel(id)),",
        "() => offer.cancel(id), { maxRetryAttempts: 2 }),",
      ]),
      caughtBy: { check: "outage-in-rollback", mode: "normal" },
      cause: /The step that confirms or cancels it limits its attempts/,
    },
    {
      id: "a-limit-on-confirming",
      belief: "Three attempts are enough for a confirmation.",
      changes: agent([
        "() => offer.confirm(id)),",
        "() => offer.confirm(id), { maxRetryAttempts: 3 }),",
      ]),
      caughtBy: { check: "outage-in-confirmation", mode: "normal" },
      cause: /The step that confirms or cancels it limits its attempts/,
    },
    {
      id: "a-minute-to-cancel",
      belief: "If something is not cancelled in a minute, I report it to somebody.",
      changes: agent([
        "await evenIfCancelled(cancel);",
        `await evenIfCancelled(() => cancel().orTimeout({ minutes: 1 })).catch((late) => {
          if (!(late instanceof restate.TimeoutError)) throw late;
          ctx.console.error("not cancelled in time");
        });`,
      ]),
      caughtBy: { check: "outage-in-rollback", mode: "normal" },
      cause: /The step that confirms or cancels it limits its attempts/,
    },
    {
      id: "no-step-count",
      belief: "What I put into stopWhen replaces what was there.",
      changes: agent(
        ["            isStepCount(10),\n", ""],
        ["generateText, isStepCount, tool", "generateText, tool"],
      ),
      caughtBy: { check: "endless-model", mode: "normal" },
      cause: /isStepCount is missing in stopWhen/,
    },
    {
      id: "ten-tries-to-cancel",
      belief: "If ten attempts cannot cancel it, nothing can.",
      changes: agent([
        "() => offer.cancel(id)),",
        "() => offer.cancel(id), { maxRetryAttempts: 10 }),",
      ]),
      caughtBy: { check: "outage-in-rollback", mode: "normal" },
      cause: /The step that confirms or cancels it limits its attempts/,
    },
    {
      id: "an-hour-to-confirm",
      belief: "After an hour the traveller has booked elsewhere.",
      changes: agent([
        "() => offer.confirm(id)),",
        "() => offer.confirm(id), { maxRetryDuration: { hours: 1 } }),",
      ]),
      caughtBy: { check: "outage-in-confirmation", mode: "normal" },
      cause: /The step that confirms or cancels it limits its attempts/,
    },
    {
      id: "once-more-if-cancelled",
      belief: "Nobody cancels a run twice.",
      changes: agent(["return evenIfCancelled(step);", "return step();"]),
      caughtBy: { check: "cancelled-as-booked", mode: "normal" },
      alsoFails: ["cancelled-in-rollback", "cancelled-in-confirmation"],
      cause: /The answer to a reservation was lost. Your code did not ask/,
    },
    {
      id: "key-of-the-request",
      belief: "The same request is the same booking.",
      changes: agent([key, "const idempotencyKey = JSON.stringify({ name, request });"]),
      caughtBy: { check: "two-at-once", mode: "normal" },
      alsoFails: ["books-again"],
      cause: /A key or a cached value depends only on the input/,
    },
    {
      id: "looked-at-afterwards",
      belief: "When the loop has ended, I see what went wrong in it.",
      changes: agent(
        [throwing, "          stopWhen: [isStepCount(10)],\n"],
        [
          "await arrangeTrip().catch(async (error) => {",
          `await arrangeTrip().then((trip) => {
        trip.steps.forEach(rethrowTerminalToolError);
        return trip;
      }).catch(async (error) => {`,
        ],
      ),
      caughtBy: { check: "rolls-back", mode: "normal" },
      cause: /The code looks at a tool's error only when the loop has/,
    },
    {
      id: "cancelled-is-an-answer",
      belief: "A cancelled run has done what it was asked to do.",
      changes: agent([
        `${cancelling}
        throw error;`,
        `${cancelling}
        if (!(error instanceof restate.CancelledError)) throw error;
        bookings.length = 0;
        return { text: "The trip was cancelled." };`,
      ]),
      caughtBy: { check: "cancelled-while-booking", mode: "normal" },
      cause: /The error is not rethrown/,
    },
    {
      id: "rolled-back-where-the-loop-ends",
      belief: "Only a booking can fail, so I roll back where I see a failed one.",
      changes: agent(
        [
          settling,
          settling.slice(0, settling.indexOf("      const { text }")) +
            `      const { text } = await arrangeTrip();
      ${confirming}
`,
        ],
        [
          "              steps.forEach(rethrowTerminalToolError);\n              return false;\n",
          `              return rollBackIfRefused(steps);
`,
        ],
        ["            ({ steps }) => {", "            async ({ steps }) => {"],
        [
          "      const arrangeTrip = () =>",
          `      const rollBackIfRefused = async (steps: Parameters<typeof rethrowTerminalToolError>[0][]) => {
        try {
          steps.forEach(rethrowTerminalToolError);
        } catch (error) {
          for (const { cancel } of bookings.reverse()) await cancel().catch(() => cancel());
          throw error;
        }
        return false;
      };
      const arrangeTrip = () =>`,
        ],
      ),
      caughtBy: { check: "cancelled-while-asking", mode: "normal" },
      cause: /runs after a refusal/,
    },
    {
      id: "refusals-only",
      belief: "A cancellation is not a refusal, so there is nothing to roll back.",
      changes: agent([
        cancelling,
        `if (error instanceof restate.CancelledError) throw error;
        ${cancelling}`,
      ]),
      caughtBy: { check: "cancelled-while-booking", mode: "normal" },
      cause: /runs after a refusal, but not after a cancellation/,
    },
    {
      id: "cancelled-means-stop",
      belief: "If I cancel a run, it must stop at once.",
      changes: agent(
        ["await evenIfCancelled(cancel);", "await cancel();"],
        ["await evenIfCancelled(confirm);", "await confirm();"],
      ),
      caughtBy: { check: "cancelled-in-rollback", mode: "normal" },
      alsoFails: ["cancelled-in-confirmation"],
      cause: /The run was cancelled while your code confirmed or cancelled/,
    },
    {
      id: "confirmed-under-the-catch",
      belief: "Whatever fails is rolled back, even a confirmation.",
      changes: agent(...confirmedUnderTheCatch),
      caughtBy: { check: "cancelled-in-confirmation", mode: "normal" },
      cause: /during the confirmations starts the rollback/,
    },
    {
      id: "confirmed-under-a-catch-that-is-interrupted",
      belief: "A try around everything, and a catch that cancels.",
      changes: agent(...confirmedUnderTheCatch, [
        "await evenIfCancelled(cancel);",
        "await cancel();",
      ]),
      caughtBy: { check: "cancelled-in-rollback", mode: "normal" },
      alsoFails: ["cancelled-in-confirmation"],
      cause: /The run was cancelled while your code confirmed or cancelled/,
    },
    sampledEachThirdTime("rollback-agent.ts", "const model = wrapLanguageModel({"),
    triesOnce("rollback-agent.ts"),
  ],
  variants: [
    {
      id: "three-tries-to-reserve",
      how: "a limit for reserving, after which the trip is cancelled",
      changes: agent([
        reserving,
        reserving.replace("idempotencyKey));", "idempotencyKey), { maxRetryAttempts: 3 });"),
      ]),
    },
    {
      id: "noted-first",
      how: "a booking noted before it is made; its rollback asks for the reservation by its key",
      changes: agent(
        ["  cancel: () => restate.RestatePromise<void>;", "  cancel: () => Promise<void>;"],
        [
          noting,
          `        let id = "";
        bookings.push({
          confirm: () => ctx.run(\`confirm \${name}\`, () => offer.confirm(id)),
          cancel: async () => {
            const made = await evenIfCancelled(reserve).catch(() => undefined);
            if (made) await evenIfCancelled(() => ctx.run(\`cancel \${name}\`, () => offer.cancel(made.id)));
          },
        });
`,
        ],
        [reservation, "await reserve();\n        id = reservation.id;\n"],
        ["await evenIfCancelled(cancel);", "await cancel();"],
      ),
    },
    {
      id: "ends-as-cancelled",
      how: "a run that is cancelled while it confirms: it confirms the rest, and then fails with the cancellation",
      changes: agent([
        confirming,
        `let cancelled: restate.CancelledError | undefined;
      const confirmed = (confirm: Booking["confirm"]): Promise<void> =>
        confirm().catch((error) => {
          if (!(error instanceof restate.CancelledError)) throw error;
          cancelled = error;
          return confirmed(confirm);
        });
      for (const { confirm } of bookings) await confirmed(confirm);
      if (cancelled) throw cancelled;`,
      ]),
    },
    {
      id: "try-and-catch",
      how: "the rollback in a catch block",
      changes: agent([
        settling.slice(settling.indexOf("      const { text }")),
        `      let text = "";
      try {
        text = (await arrangeTrip()).text;
      } catch (error) {
        ${cancelling}
        throw error;
      }
      ${confirming}
`,
      ]),
    },
    {
      id: "key-in-the-journal",
      how: "a random key, stored as a step of its own",
      changes: agent([
        key,
        'const idempotencyKey = await ctx.run("choose a key", () => crypto.randomUUID());',
      ]),
    },
    {
      id: "call-id-as-key",
      how: "the id of the tool call as the key, which is in the journal with the model's answer",
      changes: agent(
        [
          "const book = async <Request>(name: string, offer: Offer<Request>, request: Request) => {",
          `const book = async <Request>(
        name: string,
        offer: Offer<Request>,
        request: Request,
        idempotencyKey: string,
      ) => {`,
        ],
        [`        ${key}\n`, ""],
        ...["hotel", "flight", "car"].map(
          (what) =>
            [
              `async (request) => book("${what}", ${what}, request)`,
              `async (request, { toolCallId }) => book("${what}", ${what}, request, toolCallId)`,
            ] as const,
        ),
      ),
    },
    {
      id: "last-one-first",
      how: "a list that has the last booking first",
      changes: agent(
        ["bookings.push({", "bookings.unshift({"],
        ["of bookings.reverse()", "of bookings"],
        ["{ confirm } of bookings)", "{ confirm } of bookings.toReversed())"],
      ),
    },
  ],
};

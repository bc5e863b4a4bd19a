import { causes } from "../causes.ts";
import {
  loopWithoutStop,
  oneStep,
  ownApproval,
  sdkTelemetry,
  streaming,
  toolWithoutExecute,
  unwrappedModel,
} from "./conversation.ts";
import {
  clientWithoutCall,
  moduleVariable,
  nativeCombinator,
  onlyCatch,
  otherSerde,
  ownRequest,
  plainPromise,
  returnInFinally,
  runLimit,
  timeLimit,
} from "./handler.ts";
import {
  callOutsideStep,
  chance,
  changeInStep,
  changingName,
  contextInStep,
  floatingInStep,
  floatingStep,
  keyInStep,
  manyInStep,
  spanAroundStep,
  stepLimit,
  wholeInStep,
} from "./steps.ts";
import type { Look } from "./syntax.ts";

/** What to look for in the code if a check names a cause, and what to say if it is found. */
export interface Sight {
  /** The likely cause as checks word it. */
  of: readonly string[] | RegExp;
  look: Look;
  /** The cause with its place, such as `agent.ts:28:15`. */
  say: (place: string, code: string, cause: string) => string;
}

const unkept =
  /^The model is called outside any step|^The model's answer was not kept|^A model call is outside any journal|^The model is no longer wrapped with durableCalls/;
const toldToTheModel = /^The model got the error as the tool's answer: |^The outage was treated as/;

const saySee: Sight["say"] = (place, code, cause) => `${cause} See ${place}: ${code}`;
const sayApproval: Sight["say"] = (place) =>
  `The AI SDK's own approval (${place}) ends the loop without waiting: the tool never runs.`;
const sayFloating: Sight["say"] = (place, code) =>
  `The step at ${place} is never awaited, so it never runs: ${code}`;

/** If several fit a cause, the first one that the code shows is told. */
export const sights: readonly Sight[] = [
  {
    of: [causes.awaitMoved, causes.commandMoved],
    look: contextInStep,
    say: (place, code) =>
      `Inside a step, ${place} uses the context: ${code}. A step is for one call to the outside. Make other steps, sleeps, state and service calls before it or after it.`,
  },
  {
    of: [causes.awaitMoved, causes.commandMoved, causes.otherStep],
    look: chance,
    say: (place, code) =>
      `${code} differs from attempt to attempt (${place}), and what the code does next depends on it. Put it into a step, which keeps its value.`,
  },
  {
    of: [causes.commandMoved, causes.otherStep],
    look: moduleVariable,
    say: (place, code) =>
      `What the code does next depends on a variable of the module (${place}): ${code}. Its value differs in each attempt.`,
  },
  {
    of: [causes.nameChanges],
    look: changingName,
    say: saySee,
  },
  {
    of: [causes.twoAwaits],
    look: nativeCombinator,
    say: (place) =>
      `Two awaits at once: ${place} waits for Restate's promises with JavaScript's own Promise. Only RestatePromise can do that.`,
  },
  {
    of: [causes.twoAwaits],
    look: plainPromise,
    say: (place) =>
      `Two awaits at once: the combinator at ${place} gets the result of an async function. That function has awaits of its own, which run in parallel. Give the combinator Restate's own promises.`,
  },
  {
    of: [causes.plainPromise],
    look: plainPromise,
    say: (place, _, cause) => `${cause} See ${place}.`,
  },
  {
    of: [causes.module],
    look: moduleVariable,
    say: saySee,
  },
  {
    of: [causes.waitsInVain],
    look: floatingStep,
    say: sayFloating,
  },
  {
    of: [causes.waitsInVain],
    look: floatingInStep,
    say: (place, code) =>
      `Inside a step, ${place} is not awaited: ${code}. The step ends before the call does, and a crash loses the call.`,
  },
  {
    of: /^The tool answers before requestHumanReview|^The step that confirms or cancels it is never awaited/,
    look: floatingStep,
    say: sayFloating,
  },
  {
    of: [causes.endedAtCall],
    look: oneStep,
    say: (place, code) =>
      `${code} (${place}) ends the loop with the model's first answer: a tool call.`,
  },
  {
    of: [causes.endedAtCall],
    look: toolWithoutExecute,
    say: (place) =>
      `The tool at ${place} has no execute: nobody runs it, and the loop ends with the model's call.`,
  },
  {
    of: [causes.endedAtCall],
    look: ownApproval,
    say: sayApproval,
  },
  {
    of: [causes.endedAtCall],
    look: loopWithoutStop,
    say: (place) =>
      `${place} has no stopWhen, so the loop ends with the model's first answer: a tool call.`,
  },
  {
    of: /is not kept with the session|^Your code throws in every attempt|has lost|^The conversation is not in the session's own state/,
    look: otherSerde,
    say: (place, code) =>
      `What is kept is written with one serde and read with another (${place}): ${code}`,
  },
  {
    of: /^A tool's code throws/,
    look: clientWithoutCall,
    say: (place, code, cause) =>
      `${code} (${place}) is a client and not a call: call a handler on it. ${cause}`,
  },
  {
    of: /the tool does not return the weather/,
    look: returnInFinally,
    say: (place) =>
      `A return in finally (${place}) replaces every result, even if nothing has failed.`,
  },
  {
    of: /^The weather is not fetched in a step of its own/,
    look: callOutsideStep,
    say: (place, code) => `${code} is not called in a step (${place}), so the call has no name.`,
  },
  {
    of: unkept,
    look: streaming,
    say: (place) =>
      `${place} streams the model's answer. durableCalls keeps the answers to generateText, but not streamed ones.`,
  },
  {
    of: unkept,
    look: wholeInStep,
    say: (place) =>
      `The whole conversation is one step (${place}): if it is interrupted, it starts again from the beginning.`,
  },
  {
    of: unkept,
    look: unwrappedModel,
    say: (place) =>
      `Nothing keeps what the model answers: the model at ${place} is not wrapped with durableCalls.`,
  },
  {
    of: /^The tool answers before requestHumanReview|^The tool did not give the model the reviewer's answer/,
    look: ownApproval,
    say: sayApproval,
  },
  {
    of: toldToTheModel,
    look: callOutsideStep,
    say: (place, code) =>
      `${code} is not called in a step (${place}): Restate does not see its error, but the model does.`,
  },
  {
    of: toldToTheModel,
    look: stepLimit,
    say: (place, code) =>
      `The step has a limit (${place}): ${code}. When it is reached, the model is told about a failure.`,
  },
  {
    of: toldToTheModel,
    look: onlyCatch,
    say: (place) => `The error is caught (${place}) and treated as the tool's answer.`,
  },
  {
    of: /with another key/,
    look: keyInStep,
    say: (place, code) =>
      `The key is made inside the step (${place}): ${code}. An attempt that runs the step again may make another key.`,
  },
  {
    of: /variable inside a step|variable that is set in a step/,
    look: changeInStep,
    say: (place, code) =>
      `A variable is changed inside a step (${place}): ${code}. A replay does not run the step, so the change is missing.`,
  },
  {
    of: /^The AI SDK's telemetry opens a span/,
    look: sdkTelemetry,
    say: (place) =>
      `The AI SDK's telemetry (${place}) opens a span for each call that it asks for, including replayed ones.`,
  },
  {
    of: /^The AI SDK's telemetry opens a span/,
    look: spanAroundStep,
    say: (place) =>
      `A span is opened around a step (${place}) and not in it: that code runs in every replay.`,
  },
  {
    of: /^A temporary error was treated as permanent|^Your own code counts/,
    look: runLimit,
    say: (place) =>
      `The service's retryPolicy (${place}) counts the attempts of the whole run. Each call needs its own limit.`,
  },
  {
    of: /several times in one step|are (all )?one step/,
    look: manyInStep,
    say: (place) =>
      `One step makes all of the calls (${place}): if it is interrupted, all of them are made again.`,
  },
  {
    of: /bypass(es)? Restate/,
    look: ownRequest,
    say: (place) =>
      `${place} makes the call with fetch, and Restate does not know about that call.`,
  },
  {
    of: /limits its attempts|attempts are limited/,
    look: stepLimit,
    say: saySee,
  },
  {
    of: /timeout ends the wait|limits its attempts or its time/,
    look: timeLimit,
    say: saySee,
  },
  {
    of: /caught|is not rethrown|treated as (a denial|a timeout)|treats a denial/,
    look: onlyCatch,
    say: (place, _, cause) => `${cause} See ${place}.`,
  },
];

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

/** Where a cause may be seen in the code, and what to say then. */
export interface Sight {
  /** What the check has named as the likely cause. */
  of: readonly string[] | RegExp;
  look: Look;
  /** The cause with its place, `agent.ts:28:15`. */
  say: (place: string, code: string, cause: string) => string;
}

const unkept =
  /^The model is called where Restate does not see it|^What the model had answered was not kept|^A call is outside of the journal|^The model is not wrapped with durableCalls/;
const toldToTheModel =
  /^The error went to the model as the tool's answer: |^The outage was taken for/;

const saySee: Sight["say"] = (place, code, cause) => `${cause} See ${place}: ${code}`;
const sayApproval: Sight["say"] = (place) =>
  `The AI SDK's own approval, ${place}, ends the loop and waits for nobody: the tool is never run.`;
const sayFloating: Sight["say"] = (place, code) =>
  `The step at ${place} is never awaited, and a step that nobody awaits is not run: ${code}`;

/** Of several that fit a cause, the first that the code shows is told. */
export const sights: readonly Sight[] = [
  {
    of: [causes.awaitMoved, causes.commandMoved],
    look: contextInStep,
    say: (place, code) =>
      `Inside a step, ${place} uses the context: ${code}. A step is for one call to the outside; other steps, sleeps, state and calls of services stand around it.`,
  },
  {
    of: [causes.awaitMoved, causes.commandMoved, causes.otherStep],
    look: chance,
    say: (place, code) =>
      `${code} differs from attempt to attempt, ${place}, and what the code does next depends on it. A step keeps such a value.`,
  },
  {
    of: [causes.commandMoved, causes.otherStep],
    look: moduleVariable,
    say: (place, code) =>
      `What the code does next depends on a variable of the module, ${place}: ${code}. It has another value in each attempt.`,
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
      `Two awaits at once: ${place} waits for Restate's promises with JavaScript's own Promise, and only RestatePromise can do that.`,
  },
  {
    of: [causes.twoAwaits],
    look: plainPromise,
    say: (place) =>
      `Two awaits at once: ${place} is given what an async function returns, which awaits beside the others. Give it Restate's own promises.`,
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
      `Inside a step, ${place} is not awaited: ${code}. The step is over before the call, and a crash loses it.`,
  },
  {
    of: /^The tool answers before requestHumanReview|^The step that settles it is never awaited/,
    look: floatingStep,
    say: sayFloating,
  },
  {
    of: [causes.endedAtCall],
    look: oneStep,
    say: (place, code) =>
      `${code}, ${place}, ends the loop with the model's first answer: a call of a tool.`,
  },
  {
    of: [causes.endedAtCall],
    look: toolWithoutExecute,
    say: (place) =>
      `The tool at ${place} has no execute: nobody runs it, and the loop ends with the model's call of it.`,
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
      `${place} has no stopWhen, and so the loop ends with the model's first answer: a call of a tool.`,
  },
  {
    of: /is not kept with the session|^Your code throws on every attempt|has lost|^It is not kept in the session's own state/,
    look: otherSerde,
    say: (place, code) =>
      `What is kept is written with one serde and read with another, ${place}: ${code}`,
  },
  {
    of: /^A tool's code throws/,
    look: clientWithoutCall,
    say: (place, code, cause) =>
      `${code}, ${place}, is a client and no call: a handler must be called on it. ${cause}`,
  },
  {
    of: /what the tool returns is not the weather/,
    look: returnInFinally,
    say: (place) =>
      `A return in finally, ${place}, takes the place of every result, also where nothing has failed.`,
  },
  {
    of: /^The weather is fetched in no step of its own/,
    look: callOutsideStep,
    say: (place, code) => `${code} is called in no step, ${place}, and so there is no name for it.`,
  },
  {
    of: unkept,
    look: streaming,
    say: (place) =>
      `${place} streams the model's answer. durableCalls keeps the answers to generateText, and nothing of a stream.`,
  },
  {
    of: unkept,
    look: wholeInStep,
    say: (place) =>
      `The whole conversation is one step, ${place}, which starts over until it has ended.`,
  },
  {
    of: unkept,
    look: unwrappedModel,
    say: (place) =>
      `Nothing keeps what the model answers: the model at ${place} is not wrapped with durableCalls.`,
  },
  {
    of: /^The tool answers before requestHumanReview|^The tool gave the model something else/,
    look: ownApproval,
    say: sayApproval,
  },
  {
    of: toldToTheModel,
    look: callOutsideStep,
    say: (place, code) =>
      `${code} is called in no step, ${place}: Restate does not hear of its error, and the model does.`,
  },
  {
    of: toldToTheModel,
    look: stepLimit,
    say: (place, code) =>
      `The step has a limit, ${place}: ${code}. Once it is reached, the model is told of a failure.`,
  },
  {
    of: toldToTheModel,
    look: onlyCatch,
    say: (place) => `The error is caught, ${place}, and taken for the tool's answer.`,
  },
  {
    of: /with another key/,
    look: keyInStep,
    say: (place, code) =>
      `The key is made inside the step, ${place}: ${code}. An attempt that runs the step again makes another key.`,
  },
  {
    of: /variable inside a step|in a variable is not there/,
    look: changeInStep,
    say: (place, code) =>
      `A variable is changed inside a step, ${place}: ${code}. A replay does not run the step, so the change is not there.`,
  },
  {
    of: /^The AI SDK's telemetry opens a span/,
    look: sdkTelemetry,
    say: (place) =>
      `The AI SDK's telemetry, ${place}, opens a span for each call that it asks for, a replayed one too.`,
  },
  {
    of: /^The AI SDK's telemetry opens a span/,
    look: spanAroundStep,
    say: (place) =>
      `A span is opened around a step, ${place}, and not in it: that code runs on each replay.`,
  },
  {
    of: /^An error that would pass was taken for the end|^Code of your own counts/,
    look: runLimit,
    say: (place) =>
      `The service's retryPolicy, ${place}, counts the attempts of the whole run. Each call needs a limit of its own.`,
  },
  {
    of: /often in one step|are one step together/,
    look: manyInStep,
    say: (place) =>
      `One step makes all of the calls, ${place}: where it is cut, all of them are made again.`,
  },
  {
    of: /called around Restate/,
    look: ownRequest,
    say: (place) => `${place} calls it by fetch, past Restate, which knows nothing of that call.`,
  },
  {
    of: /has a limit/,
    look: stepLimit,
    say: saySee,
  },
  {
    of: /timeout ends the wait|has a limit, of attempts or of time/,
    look: timeLimit,
    say: saySee,
  },
  {
    of: /caught|ends in the catch|taken for a (no|timeout)/,
    look: onlyCatch,
    say: (place, _, cause) => `${cause} See ${place}.`,
  },
];

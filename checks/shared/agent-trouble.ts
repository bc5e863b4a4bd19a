// shared/: what the checks of all chapters have in common: suite, assertions, mistakes, shape of a proof.

import type { Exercise } from "../../manifest.ts";
import { CheckFailed } from "../report/check-failed.ts";
import { cameWithWorkshop, endsInTs } from "../stage/agents/crash.ts";
import { AgentDown } from "../stage/agents/process.ts";
import { HandlerMissing } from "../stage/restate/ingress.ts";
import { ServiceMissing } from "../stage/theatre.ts";

/** Turns an error that keeps the agent from being called into a failure that the learner can fix. */
export function asCheckFailed(error: unknown, { id, service }: Exercise): unknown {
  if (error instanceof AgentDown) {
    return new CheckFailed({
      did: error.message,
      asks: `The exercise must load and serve ${service} before anything can be checked.`,
      cause: causeOfAgentDown(error.message, id),
      next: error.message.includes(cameWithWorkshop)
        ? "Bring that file back, and check again."
        : "Fix that line, save, and check again.",
    });
  }
  if (error instanceof ServiceMissing) {
    return new CheckFailed({
      did: error.message,
      asks: `Restate calls an agent by its service's name, which must stay ${service}.`,
      cause: `The \`name\` in ${id}.ts, or \`services\` in app.ts, was changed.`,
      next: `Name the service ${service} again, save, and check again.`,
    });
  }
  if (error instanceof HandlerMissing) {
    return new CheckFailed({
      did: `Restate answers 404: ${error.message}`,
      asks: `Callers of ${service} use its handlers' names, so the names must stay.`,
      cause: `A handler in ${id}.ts was renamed, or the service's kind was changed.`,
      next: "Restore it, save, and check again.",
    });
  }
  return error;
}

function causeOfAgentDown(message: string, id: string): string {
  if (message.includes(cameWithWorkshop)) return "A file of the exercise was deleted or renamed.";
  if (message.includes(endsInTs)) {
    return "An import names the file without its extension, or with `.js`.";
  }
  return `${id}.ts, or a file it imports, fails outside the handlers: an error, a loop, an exit.`;
}

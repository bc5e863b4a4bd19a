import type { Sent } from "./agents/attempt.ts";
import type { Ground } from "./ground.ts";
import { readParent } from "./restate/admin.ts";
import { readMade } from "./restate/journal.ts";
import { waitFor } from "./wait.ts";

// Milliseconds, far more than Restate takes to come back on two busy cores.
const cap = 20_000;
// An invocation has one of each.
const single = ["answer", "end"];

/**
 * Returns a function that names a message of a run by its place: `result of step 2 of run`. The same
 * message has the same name in every run, whatever its step is called and whichever comes first.
 */
export function placesOn(ground: Ground): (sent: Sent) => Promise<string> {
  const names = new Map<string, Promise<string>>();
  const nameOf = (id: string): Promise<string> => {
    const name = names.get(id) ?? nameInvocation(id);
    names.set(id, name);
    return name;
  };
  const nameInvocation = async (id: string): Promise<string> => {
    const own = ground.invocations.find((each) => each.id === id);
    if (own) {
      const alike = ground.invocations.filter(({ handler }) => handler === own.handler);
      const before = alike.indexOf(own);
      return before === 0 ? own.handler : `${own.handler} ${before + 1}`;
    }
    const { adminUrl } = ground.server;
    // The server may just be killed.
    return waitFor(`the caller of ${id}`, cap, async () => {
      const parent = await readParent(adminUrl, id);
      if (parent === undefined) return "an invocation from outside";
      const { called } = await readMade(adminUrl, [parent]);
      return `call ${called.indexOf(id) + 1} of ${await nameOf(parent)}`;
    });
  };
  return async ({ invocation, kind, nth }) => {
    const which = single.includes(kind) ? kind : `${kind} ${nth}`;
    return `${which} of ${await nameOf(invocation)}`;
  };
}

import type { Stage } from "./stage.ts";

/** Returns a function that looks at the stage. It says how many looks in a row have found nothing new. */
export function quietOf(stage: Stage): () => number {
  let seen = 0;
  let quiet = 0;
  return () => {
    quiet = stage.events.length === seen ? quiet + 1 : 0;
    seen = stage.events.length;
    return quiet;
  };
}

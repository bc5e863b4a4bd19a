import type { Stage } from "./stage.ts";

/** Tells, each time it is asked, how many looks in a row have found nothing new on the stage. */
export function quietOf(stage: Stage): () => number {
  let seen = 0;
  let quiet = 0;
  return () => {
    quiet = stage.events.length === seen ? quiet + 1 : 0;
    seen = stage.events.length;
    return quiet;
  };
}

import { styleText } from "node:util";
import { renderTimeline } from "../../checks/report/timeline.ts";
import { isHarm } from "../../checks/stage/crash-points.ts";
import type { Swept } from "../../checks/stage/sweep.ts";

const columns = 80;

/** The results of a sweep of a service, each run in the order in which it ended. */
export interface ServiceSweep {
  /** `WeatherAgent/run` */
  call: string;
  swept: readonly Swept[];
  /** How many crash points it left out. */
  leftOut: number;
}

/** Whether a crash did harm, or a run without one shows that it would. */
export function didHarm({ damage }: Swept): boolean {
  return isHarm(damage);
}

/** What a run did that it must not do, a line each: `repeated: 1 weather call` */
export function listHarm({ damage }: Swept): string[] {
  return [
    ...damage.lost.map((what) => `lost: ${what}`),
    ...damage.repeated.map((what) => `repeated: ${what}`),
    ...damage.changed.map((what) => `not asked in the first run: ${what}`),
    ...damage.outside.map((what) => `not in a step: ${what}`),
  ];
}

/** Names a run: `normal: model call 2, agent killed before it` */
export function nameRun({ mode, point }: Swept): string {
  return `${mode}: ${point?.name ?? "nothing killed"}`;
}

/** Says what a sweep finds. What is found again is said without its timeline. */
export class HarmTeller {
  readonly #told = new Set<string>();
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** @param name what is swept: `01 agent` */
  tell(name: string, swept: Swept): void {
    if (!didHarm(swept)) return;
    const harm = listHarm(swept);
    const essence = [name, ...harm].join("\n");
    const lines = [
      `${styleText("red", "✗")} ${name}, ${nameRun(swept)}`,
      ...harm.map((what) => `  ${what}`),
    ];
    if (!this.#told.has(essence)) {
      this.#told.add(essence);
      const timeline = renderTimeline(swept.events, swept.invoked);
      lines.unshift("");
      lines.push(...timeline.map((line) => line.slice(0, columns)));
    }
    this.#print(lines.join("\n"));
  }
}

const advice: Record<keyof Swept["damage"], string> = {
  outside: "Not in a step: put the call into ctx.run. Restate keeps only what a step returns.",
  changed:
    "Not asked in the first run: something differs between attempts, such as a random number, the time or a variable of the process. Make it in a step, or with ctx.rand or ctx.date.",
  repeated:
    "Repeated: the call was not in a step, or not the same request again. Put it into ctx.run, and make its idempotency key before the step.",
  lost: "Lost: it was only in the memory of the killed process, or the code took another path. Return it from a step, or keep it in Restate's state.",
};

/** What a sweep found, in its last lines: what to do about each kind of harm, and how often it was seen. */
export function summarize(swept: readonly Swept[], leftOut: number): string {
  const kinds = Object.keys(advice) as (keyof Swept["damage"])[];
  const found = kinds.filter((kind) => swept.some(({ damage }) => damage[kind].length > 0));
  return [...found.map((kind) => advice[kind]), tellCounts(swept, leftOut)].join("\n");
}

/**
 * Counts what a sweep did: `50 crash points, 0 lost, 2 repeated`
 *
 * @param leftOut how many crash points it left out
 */
export function tellCounts(swept: readonly Swept[], leftOut: number): string {
  const count = (harm: keyof Swept["damage"]) =>
    swept.filter(({ damage }) => damage[harm].length > 0).length;
  const points = swept.filter(({ point }) => point !== undefined).length;
  return [
    `${points} crash points`,
    `${count("lost")} lost`,
    `${count("repeated")} repeated`,
    ...(count("changed") > 0 ? [`${count("changed")} changed`] : []),
    ...neverEnding(swept).map((mode) => `nothing killed in ${mode}, because that run never ends`),
    ...(leftOut > 0
      ? [`${leftOut} left out, because the run never recovered from three crashes`]
      : []),
  ].join(", ");
}

/** The modes in which the run never ends although nothing is killed. */
function neverEnding(swept: readonly Swept[]): string[] {
  return swept.flatMap(({ point, outcome, mode }) =>
    point === undefined && outcome.kind === "stuck" ? mode : [],
  );
}

import type { Case } from "./cases.ts";

/** A case of `npm run verify`, as `--json` writes it. */
export interface VerifiedCase {
  /** `01 agent` */
  exercise: string;
  kind: Case["kind"];
  name: string;
  /** What is wrong with the checks' verdict on it; empty if the verdict is as declared. */
  complaint: string;
  /** How long its checks took, in milliseconds, on one of the workers. */
  ms: number;
  /** The checks that only a time cap ended. */
  capped: readonly string[];
  /** What a learner with this mistake is told, if a check rejects it. */
  told?: Told;
}

/** A mistake with the message that its learner gets. */
export interface Told {
  belief: string;
  /** The first check that rejects it, and its mode. */
  check: string;
  did: string;
  cause: string;
}

/** Each mistake's belief with what its learner is told, to read from top to bottom. */
export function renderTold(cases: readonly VerifiedCase[]): string {
  return cases
    .flatMap(({ exercise, name, told }) =>
      told === undefined
        ? []
        : [
            `${exercise}, ${name}
  belief  ${told.belief}
  check   ${told.check}
  did     ${told.did}
  cause   ${told.cause}`,
          ],
    )
    .join("\n\n");
}

/** The cases of an exercise, and what they prove together. */
export interface VerifiedExercise {
  name: string;
  cases: readonly VerifiedCase[];
  /** How many checks it has. */
  checks: number;
  /** The checks that only one mistake makes fail. */
  byOneAlone: readonly string[];
  /** The checks that no mistake makes fail. */
  unproven: readonly string[];
  /** How long its cases took together, in milliseconds. */
  ms: number;
}

const slowest = 5;

/** One line per exercise: how many cases of each kind are as declared, and how long they took. */
export function renderTable(exercises: readonly VerifiedExercise[]): string {
  const rows = exercises.map(({ name, cases, checks, byOneAlone, unproven, ms }) => [
    name,
    tally(cases, "solution"),
    tally(cases, "stub"),
    tally(cases, "mistake"),
    tally(cases, "variant"),
    `${checks - unproven.length} of ${checks}`,
    String(byOneAlone.length),
    (ms / 1000).toFixed(0),
  ]);
  const heads = [
    "exercise",
    "solution",
    "stub",
    "mistakes",
    "variants",
    "checks proven",
    "by one mistake",
    "s",
  ];
  const table = [heads, ...rows];
  const widths = heads.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join("  ");
  return table.map((row) => line(row).trimEnd()).join("\n");
}

function tally(cases: readonly VerifiedCase[], kind: Case["kind"]): string {
  const ofKind = cases.filter((each) => each.kind === kind);
  return `${ofKind.filter(({ complaint }) => complaint === "").length} of ${ofKind.length}`;
}

/** Where the time is spent: how much each kind of case took, and the slowest cases. */
export function renderSlowest(cases: readonly VerifiedCase[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const total = (kind: Case["kind"]) =>
    cases.reduce((sum, each) => sum + (each.kind === kind ? each.ms : 0), 0);
  const kinds = (["solution", "stub", "mistake", "variant"] as const)
    .map((kind) => `${kind} ${seconds(total(kind))}`)
    .join(", ");
  const top = [...cases].sort((a, b) => b.ms - a.ms).slice(0, slowest);
  return [
    `Time of all cases, which run in parallel: ${kinds}. The slowest:`,
    ...top.map(({ exercise, kind, name, ms }) => `  ${seconds(ms)}  ${exercise}, ${kind} ${name}`),
  ].join("\n");
}

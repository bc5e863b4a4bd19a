import { existsSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { renderTimeline } from "../../checks/report/timeline.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import type { Swept } from "../../checks/stage/sweep.ts";
import { quote } from "./quote.ts";
import { renderPage } from "./swept-page.ts";
import { didHarm, listHarm, nameRun, type ServiceSweep } from "./told-harm.ts";

/** The files that a sweep can write, by their flags. */
export const outputFlags = ["json", "html", "junit"] as const;

/** The files that were asked for, by their flags. */
export type OutputFiles = Partial<Record<(typeof outputFlags)[number], string>>;

const render: Record<(typeof outputFlags)[number], (sweep: ServiceSweep) => string> = {
  json: renderJson,
  html: renderPage,
  junit: renderJUnit,
};

/**
 * Makes sure that the files can be written, before the sweep begins.
 *
 * @throws {CouldNotRun} if the folder of one does not exist
 */
export function expectFolders(files: OutputFiles): void {
  for (const flag of outputFlags) {
    const file = files[flag];
    const folder = file === undefined ? "." : dirname(pathOf(file));
    if (existsSync(folder)) continue;
    throw new CouldNotRun(
      `--${flag} cannot be written: there is no folder ${folder}.`,
      "Make the folder, or name another file.",
    );
  }
}

function pathOf(file: string): string {
  return resolve(process.env.INIT_CWD ?? "", file);
}

/**
 * Writes what a sweep found to the files that were asked for.
 *
 * @param files by the flag; a path is relative to where the command was typed
 * @throws the system's error if one cannot be written
 */
export function writeResults(sweep: ServiceSweep, files: OutputFiles): void {
  for (const flag of outputFlags) {
    const file = files[flag];
    if (file === undefined) continue;
    writeFileSync(pathOf(file), render[flag](sweep));
  }
}

function renderJson({ call, swept, leftOut }: ServiceSweep): string {
  const runs = swept.map((each) => ({
    mode: each.mode,
    // Null: nothing was killed in this run.
    killedAt: each.point?.name ?? null,
    outcome: each.outcome,
    ...each.damage,
    timeline: renderTimeline(each.events, each.invoked),
  }));
  const harmful = swept.filter(didHarm).length;
  return `${JSON.stringify({ call, runs, harmful, leftOut }, null, 2)}\n`;
}

/** JUnit's XML, which CI systems read: a test case for each run. */
function renderJUnit({ call, swept }: ServiceSweep): string {
  const failures = swept.filter(didHarm).length;
  const name = quote(call);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${swept.length}" failures="${failures}">`,
    `<testsuite name="${name}" tests="${swept.length}" failures="${failures}">`,
    ...swept.map((each) => renderCase(name, each)),
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function renderCase(call: string, swept: Swept): string {
  const opening = `<testcase classname="${call}" name="${quote(nameRun(swept))}"`;
  if (!didHarm(swept)) return `${opening}/>`;
  const harm = listHarm(swept);
  const timeline = renderTimeline(swept.events, swept.invoked).join("\n");
  return `${opening}><failure message="${quote(harm.join("; "))}">${quote(timeline)}</failure></testcase>`;
}

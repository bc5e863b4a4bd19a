// Serves one service of the corpus: node serve.ts a-race
import { serve, service } from "@restatedev/restate-sdk";
import { faulty } from "./faulty.ts";
import { helper, right } from "./right.ts";

const run = { ...faulty, ...right }[process.argv[2] ?? ""];
if (run === undefined) throw new Error(`The corpus has no ${process.argv[2]}.`);
serve({ services: [service({ name: "Subject", handlers: { run } }), helper] });

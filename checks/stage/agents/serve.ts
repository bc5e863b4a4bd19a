// Serves the agents of one or more chapters to Restate, in a process of its own.
// node serve.ts PORT SELECTION FOLDER...
import { createServer } from "node:http2";
import { flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createEndpointHandler, type EndpointOptions } from "@restatedev/restate-sdk";
import { importFile } from "../source-file.ts";
import { nameCallers } from "./caller.ts";

/** What this process tells the one that started it, over IPC. */
export type Message = { served: number } | { clockAt: number } | "pong";

/** What it is asked or told; the clock's time in milliseconds since 1970. */
export type Request = "ping" | { clockAt: number };

/** Which of the folders' services to serve, by name. */
export type Selection = { only: readonly string[] } | { but: readonly string[] };

const [port, selected = "", ...folders] = process.argv.slice(2);
const selection: Selection = JSON.parse(selected);
const tell = (message: Message) => process.send?.(message);

process.on("message", (request: Request) => request === "ping" && tell("pong"));
process.on("disconnect", () => process.exit());

const chapters = await Promise.all(
  folders.map((folder) =>
    importFile<{ services: EndpointOptions["services"] }>(join(folder, "app.ts")),
  ),
);
// Chapters share the specialists, which may be served once only.
const all = new Map(chapters.flatMap((chapter) => chapter.services.map((s) => [s.name, s])));
const services = [...all.values()].filter(({ name }) =>
  "only" in selection ? selection.only.includes(name) : !selection.but.includes(name),
);

const shortRetries = {
  initialInterval: { milliseconds: 5 },
  maxInterval: { milliseconds: 20 },
  exponentiationFactor: 1.5,
  // As good as unlimited.
  maxAttempts: 1_000_000,
};
const retries = process.env.WORKSHOP_RETRIES === "short" && {
  defaultServiceOptions: { retryPolicy: shortRetries },
};

const handler = createEndpointHandler({ services, ...retries });
const { WORKSHOP_BOUNDARY: boundary } = process.env;
const server = createServer(boundary === undefined ? handler : nameCallers(boundary, handler));
server.listen(Number(port), "127.0.0.1", () => {
  // This process is mostly killed before it could leave its compiled code for the next one.
  flushCompileCache();
  tell({ served: (server.address() as AddressInfo).port });
});

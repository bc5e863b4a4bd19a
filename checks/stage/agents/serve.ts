// Serves the agents of one or more chapters to Restate, in a process of its own. With a role as its
// argument, it serves at once. Without one, it loads and warms what all agents use, and waits for a role.
// node serve.ts [ROLE]
import { createServer } from "node:http2";
import { flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createEndpointHandler, type EndpointOptions } from "@restatedev/restate-sdk";
import { importFile } from "../source-file.ts";
import { nameCallers } from "./caller.ts";
import { loadEdited } from "./edited-files.ts";
import { hastenTimers } from "./hasty-timers.ts";
import type { Message, Request, Role } from "./role.ts";
import { followClock } from "./shifted-clock.ts";
import { tellLog } from "./told-log.ts";

const shortRetries = {
  initialInterval: { milliseconds: 5 },
  maxInterval: { milliseconds: 20 },
  exponentiationFactor: 1.5,
  // In practice unlimited.
  maxAttempts: 1_000_000,
};

const tell = (message: Message) => process.send?.(message);
process.on("disconnect", () => process.exit());
process.on("message", (request: Request) => request === "ping" && tell("pong"));

const [given] = process.argv.slice(2);
if (given !== undefined) await serve(JSON.parse(given));
else {
  const { warmUp } = await import("./warm-up.ts");
  await warmUp();
  flushCompileCache();
  process.on("message", (request: Request) => {
    if (typeof request !== "object" || !("role" in request)) return;
    Object.assign(process.env, request.environment);
    // A rejection ends this process, like any error that nobody catches.
    serve(request.role);
  });
  tell("blank");
}

async function serve(role: Role): Promise<void> {
  const logger = role.tellsLog && tellLog((logged) => tell({ logged }));
  followClock();
  if (role.hastyTimers) hastenTimers(role.folders);
  if (Object.keys(role.edits).length > 0) loadEdited(role.edits);
  const chapters = await Promise.all(
    role.folders.map((folder) =>
      importFile<{ services: EndpointOptions["services"] }>(join(folder, "app.ts")),
    ),
  );
  // Chapters share the specialists, and each may be served only once.
  const all = new Map(chapters.flatMap((chapter) => chapter.services.map((s) => [s.name, s])));
  const services = [...all.values()].filter(({ name }) =>
    "only" in role.services ? role.services.only.includes(name) : !role.services.but.includes(name),
  );
  const { WORKSHOP_BOUNDARY: boundary, WORKSHOP_RETRIES: retries } = process.env;
  const handler = createEndpointHandler({
    services,
    ...(logger && { logger }),
    ...(retries === "short" && { defaultServiceOptions: { retryPolicy: shortRetries } }),
  });
  const server = createServer(boundary === undefined ? handler : nameCallers(boundary, handler));
  server.listen(role.port, "127.0.0.1", () => {
    // Usually this process is killed before it would write its compiled code for the next one.
    if (role.leavesCode) flushCompileCache();
    tell({ served: (server.address() as AddressInfo).port });
  });
}

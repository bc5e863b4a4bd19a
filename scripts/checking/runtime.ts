import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { query } from "../../checks/stage/restate/admin.ts";
import { findBinary } from "../../checks/stage/restate/binary.ts";
import type { Runtime } from "../../checks/stage/restate/runtime.ts";

/**
 * The runtime that `--runtime` names, after a check that it exists.
 *
 * @param advertise what `--advertise` names: an address of this machine at which an external server
 * reaches the agents
 * @throws {CouldNotRun} if there is no such runtime, or it does not answer
 */
export async function chooseRuntime(
  word = "binary",
  advertise: string | undefined,
): Promise<Runtime> {
  if (advertise !== undefined && word !== "external") {
    throw new CouldNotRun(
      "--advertise is for an external server only.",
      "Type: npm run check 01 -- --runtime external --advertise 192.168.0.7",
    );
  }
  switch (word) {
    case "binary":
      findBinary();
      return { kind: "binary" };
    case "docker": {
      const { findEngine } = await import("../../checks/stage/restate/docker.ts");
      await findEngine();
      return { kind: "docker" };
    }
    case "external":
      return findExternal(advertise ?? "127.0.0.1");
    default:
      throw new CouldNotRun(
        `There is no runtime "${word}".`,
        "There are: binary, docker, external.",
      );
  }
}

async function findExternal(advertise: string): Promise<Runtime> {
  const { RESTATE_ADMIN_URL: admin, RESTATE_INGRESS_URL: ingress } = process.env;
  if (!admin || !ingress) {
    throw new CouldNotRun(
      "Which server? Set RESTATE_ADMIN_URL and RESTATE_INGRESS_URL.",
      "For example: RESTATE_ADMIN_URL=http://localhost:9070 RESTATE_INGRESS_URL=http://localhost:8080",
    );
  }
  const adminUrl = admin.replace(/\/$/, "");
  await query(adminUrl, "select 1 as one").catch((error: Error) => {
    throw new CouldNotRun(
      `No Restate server answers at ${adminUrl}: ${error.message}`,
      "Start it, or name another with RESTATE_ADMIN_URL.",
    );
  });
  return { kind: "external", adminUrl, ingressUrl: ingress.replace(/\/$/, ""), advertise };
}

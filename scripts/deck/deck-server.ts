import { spawn } from "node:child_process";
import { join } from "node:path";
import { killChild, startChild } from "../../checks/stage/children.ts";
import { CouldNotRun } from "../../checks/stage/could-not-run.ts";
import { isFree } from "../../checks/stage/loopback.ts";
import { makeRunFolder, root } from "../../checks/stage/run-folder.ts";
import { waitFor } from "../../checks/stage/wait.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import { buildDeckSite } from "./deck-site.ts";

const command = "npm run slides";
const usualPort = 8000;
const server = join(root, "node_modules", "http-server", "bin", "http-server");

/**
 * Builds the slides and serves them until the command is stopped.
 *
 * @throws {CouldNotRun} if the port is not a port's number, or is in use
 */
export async function serveDeck(asked: { port?: string; stays: boolean }): Promise<void> {
  const port = await choosePort(asked.port);
  const folder = join(makeRunFolder(), "slides");
  await buildDeckSite(folder);

  await untilStopped(async (closeLater) => {
    const options = ["-a", "127.0.0.1", "-p", String(port), "-c-1", "-d", "false", "--silent"];
    const child = startChild(process.execPath, [server, folder, ...options], { stdio: "ignore" });
    closeLater(() => killChild(child));
    const url = `http://localhost:${port}`;
    await waitFor("the slides", 10_000, async () => (await fetch(url)).ok || undefined);
    console.log(`slides     ${url}, chapter 03 at ${url}/#/3`);
    console.log(`guide      ${url}/lessons/guide/, for everyone who leads a room`);
    console.log(
      "Arrow keys change the slide, S opens the speaker's view, D switches between light and dark.",
    );
    console.log("Ctrl-C stops them.");
    if (!asked.stays) openInBrowser(url);
  });
}

async function choosePort(word = String(usualPort)): Promise<number> {
  const port = Number(word);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CouldNotRun(
      `"${word}" is not a port.`,
      `Name one from 1 to 65535: ${command} -- --port ${usualPort}`,
    );
  }
  if (await isFree(port)) return port;
  throw new CouldNotRun(
    `Port ${port} is in use.`,
    `Stop what listens there, or name another: ${command} -- --port ${port + 1}`,
  );
}

/** Opens an address in the browser. If that fails, people open the printed address themselves. */
function openInBrowser(url: string): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

import type { IncomingMessage } from "node:http";

/** Reads the whole body of a request or an answer. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads the whole body of a request or an answer as UTF-8. */
export async function readText(message: IncomingMessage): Promise<string> {
  return (await readBody(message)).toString();
}

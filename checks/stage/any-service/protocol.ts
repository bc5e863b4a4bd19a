import { connect } from "node:net";

/** What answers at a port: Restate speaks HTTP/2 without TLS to the services of a sweep. */
export type Protocol = "nothing" | "HTTP/2" | "HTTP/1.1" | "TLS" | "another protocol";

// How a client begins HTTP/2 (RFC 9113, 3.4): this line, then an empty settings frame.
const preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const settingsFrame = 4;
const tlsRecords = [0x15, 0x16];

/**
 * Finds out what answers at a port of this machine.
 *
 * @param patience milliseconds to wait for its first bytes. A server of HTTP/2 sends them at once.
 */
export function protocolAt(port: number, patience: number): Promise<Protocol> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(preface));
    const settle = (protocol: Protocol) => {
      resolve(protocol);
      socket.destroy();
    };
    socket.setTimeout(patience, () => settle(socket.connecting ? "nothing" : "another protocol"));
    socket.once("data", (bytes: Buffer) => settle(protocolOf(bytes)));
    socket.once("end", () => settle("another protocol"));
    socket.once("error", () => settle("nothing"));
  });
}

function protocolOf(bytes: Buffer): Protocol {
  if (bytes.toString("latin1", 0, 5) === "HTTP/") return "HTTP/1.1";
  if (tlsRecords.includes(bytes[0] ?? 0) && bytes[1] === 3) return "TLS";
  return bytes[3] === settingsFrame ? "HTTP/2" : "another protocol";
}

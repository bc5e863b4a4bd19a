/** A Restate server for agents, wherever it runs. */
export interface RestateServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  /** How it reaches what listens on this machine. */
  readonly wayBack: WayBack;
  /** Whether others use it too. If so, a run must leave nothing on it. */
  readonly isShared: boolean;
  /**
   * Resolves when the server takes invocations.
   *
   * @throws {CouldNotRun} if it does not start
   */
  ready(): Promise<void>;
  /**
   * Kills the server with SIGKILL; resolves once it is back and ready, with all that it had stored.
   * Undefined if the server is not this run's own process.
   */
  readonly killAndRestart?: () => Promise<void>;
}

/** An address of this machine, and the server's name for it. */
export interface WayBack {
  address: string;
  name: string;
}

/** The way back from a server on this machine. */
export const overLoopback: WayBack = { address: "127.0.0.1", name: "127.0.0.1" };

/** A Restate server that agents can be put on, wherever it runs. */
export interface RestateServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  /** How it reaches what listens on this machine. */
  readonly wayBack: WayBack;
  /** Whether others use it, too: a run leaves nothing on it. */
  readonly isShared: boolean;
  /**
   * Resolves when the server takes invocations.
   *
   * @throws {CouldNotRun} where it does not come up
   */
  ready(): Promise<void>;
  /**
   * Kills the server with SIGKILL; resolves once it is back and ready, with all it had stored. There
   * is none where the server is not this run's own process.
   */
  readonly killAndRestart?: () => Promise<void>;
}

/** An address of this machine, and the name by which a server knows it. */
export interface WayBack {
  address: string;
  name: string;
}

/** The way of a server on this machine. */
export const overLoopback: WayBack = { address: "127.0.0.1", name: "127.0.0.1" };

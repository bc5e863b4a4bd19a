/** A Restate server that agents can be put on, wherever it runs. */
export interface RestateServer {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  /**
   * Resolves when the server takes invocations.
   *
   * @throws {CouldNotRun} where it does not come up
   */
  ready(): Promise<void>;
  /** Kills the server with SIGKILL; resolves once it is back and ready, with all it had stored. */
  killAndRestart(): Promise<void>;
}

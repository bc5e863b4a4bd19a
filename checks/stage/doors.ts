import type { Part } from "./events.ts";

/** Addresses at the boundary. */
export interface Urls {
  /** OpenAI's base URL. */
  model: string;
  world: string;
  ingress: string;
}

/** A process's own way out. */
export interface Door {
  urls: Urls;
  /** Drops all further calls of the process: one that was killed may have left some in its sockets. */
  close(): void;
}

/** The ways out of all processes. */
export class Doors {
  readonly #open = new Set<number>();
  #opened = 0;

  /** Opens the way out for a new process, through the boundary at this address. */
  open(part: Part, boundaryUrl: string): Door {
    this.#opened += 1;
    const process = this.#opened;
    this.#open.add(process);
    const url = `${boundaryUrl}/${part}/${process}`;
    return {
      urls: { model: `${url}/model/v1`, world: `${url}/world`, ingress: `${url}/ingress` },
      close: () => this.#open.delete(process),
    };
  }

  isOpen(process: number): boolean {
    return this.#open.has(process);
  }
}

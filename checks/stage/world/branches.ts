import type { Effect } from "./ledger.ts";

/** What a request is about. Only a file has a path and a content. */
export interface BranchRequest {
  branch: string;
  path?: string;
  content?: string;
}

/** What came of a request: an effect, which changed nothing if it is repeated, or the words of a refusal. */
type Answer = { effect: Effect; repeated: boolean } | { refusal: string };

/** The branches of a repository. Each name is used once: a branch that was closed is never open again. */
export class Branches {
  #open = new Map<string, Map<string, string>>();
  #closed = new Set<string>();

  /**
   * Opens or closes a branch, or writes a file on it.
   *
   * @param verb `open`, `write`, `close`; returns undefined if it is another one
   */
  perform(verb: string, request: BranchRequest): Answer | undefined {
    if (verb === "open") return this.#openUp(request);
    if (verb === "write") return this.#write(request);
    return verb === "close" ? this.#close(request) : undefined;
  }

  #openUp({ branch }: BranchRequest): Answer {
    if (this.#closed.has(branch)) return this.#refuse(branch);
    const repeated = this.#open.has(branch);
    if (!repeated) this.#open.set(branch, new Map());
    return { effect: "opening", repeated };
  }

  #write({ branch, path = "", content = "" }: BranchRequest): Answer {
    const files = this.#open.get(branch);
    if (files === undefined) return this.#refuse(branch);
    const repeated = files.get(path) === content;
    files.set(path, content);
    return { effect: "file", repeated };
  }

  /** Also closes a branch that is not open yet. */
  #close({ branch }: BranchRequest): Answer {
    const repeated = this.#closed.has(branch);
    this.#open.delete(branch);
    this.#closed.add(branch);
    return { effect: "closing", repeated };
  }

  #refuse(branch: string): Answer {
    const state = this.#closed.has(branch) ? "closed" : "not open";
    return { refusal: `Branch ${branch} is ${state}.` };
  }
}

import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** Texts by the absolute path of the file. */
export type Edits = Readonly<Record<string, string>>;

/**
 * Lets this process load files with another text than they have. So a check changes one file, and
 * everything else that the agents load lies where it lies.
 */
export function loadEdited(edits: Edits): void {
  const texts = new Map(
    Object.entries(edits).map(([path, text]) => [pathToFileURL(path).href, text]),
  );
  registerHooks({
    load: (url, context, nextLoad) => {
      const source = texts.get(url);
      if (source === undefined) return nextLoad(url, context);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}

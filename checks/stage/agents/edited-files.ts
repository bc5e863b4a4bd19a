import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** The new texts of files, by their absolute paths. */
export type Edits = Readonly<Record<string, string>>;

/**
 * Makes this process load these texts instead of the files' own. So a check can change one file, while
 * the agents load all other files from their usual place.
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

// report/: says what happened and why, with evidence, timeline and causes. It runs nothing.

/** Causes that any exercise can have, and that the learner's code may show. */
export const causes = {
  awaitMoved:
    "An await is not where the journal expects it: the context is used inside a step, or what is awaited changes from attempt to attempt.",
  commandMoved:
    "The code does not match the journal: the context is used inside a step, or what comes next changes from attempt to attempt.",
  nameChanges:
    "A step's name changes from attempt to attempt: it contains the time, a random value or a counter.",
  otherStep:
    "Which step comes next changes from attempt to attempt: a random value, the time or a variable of the module decides it.",
  twoAwaits:
    "Two awaits at once: Promise.all or Promise.race waits for Restate's promises, or tools run side by side.",
  plainPromise:
    "One of Restate's combinators got a promise that is not Restate's, such as the result of an async function.",
  module:
    "Something that belongs to one run is kept in a variable of the module, where another run finds it.",
  endedAtCall:
    "The loop was stopped before the model could answer: your stopWhen ends it too early, or nobody runs the tool that was called.",
  waitsInVain:
    "The handler waits for something that never comes: a promise that nobody resolves, or a time that is too long.",
  timeout:
    "A timeout ends the wait. The timeout is around the wait, inside the step, or in the step's options.",
} as const;

// report/: tells what happened and why: evidence, timeline, causes; it runs nothing.

/** Causes that may be met in any exercise, and that the code itself may show. */
export const causes = {
  awaitMoved:
    "An await is not where the journal has it: something of the context is used inside a step, or what is awaited changes from attempt to attempt.",
  commandMoved:
    "The code does something else than the journal has: something of the context is used inside a step, or what comes next changes from attempt to attempt.",
  nameChanges:
    "A step's name changes from attempt to attempt: the time, chance or a counter is in it.",
  otherStep:
    "Which step comes next changes from attempt to attempt: chance, the time or a variable of the module decides it.",
  twoAwaits:
    "Two awaits at once: Promise.all or Promise.race waits for Restate's promises, or tools run side by side.",
  plainPromise:
    "A combinator of Restate's was given a promise that is not Restate's, such as what an async function returns.",
  module:
    "Something that belongs to one run is kept in a variable of the module, where another finds it.",
  endedAtCall:
    "The loop was stopped before the model could answer: what is to end it does so too early, or nobody runs the tool that was called.",
  waitsInVain:
    "The handler waits for something that does not come: a promise that is never resolved, or a time that is too long.",
  timeout:
    "A timeout ends the wait: one around it, one inside the step, or one in the step's options.",
} as const;

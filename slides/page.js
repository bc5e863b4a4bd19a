// The page is whole without this script, which only adds buttons that copy code.

for (const block of document.querySelectorAll("main pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    button.textContent = (await copy(block.querySelector("code"))) ? "Copied" : "Press Ctrl-C";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
  const frame = document.createElement("div");
  frame.className = "block";
  block.replaceWith(frame);
  frame.append(block, button);
}

/** Copies an element's text; where the browser refuses, selects it and returns false. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trimEnd());
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}

// On a phone the list of contents comes first, and would fill the screen.
if (matchMedia("(max-width: 60rem)").matches) {
  document.querySelector("aside details").open = false;
}

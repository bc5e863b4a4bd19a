import RevealMarkdown from "./reveal/plugin/markdown.mjs";

const lesson = document.getElementById("lesson").textContent.replaceAll("<\\/", "</");
document.querySelector("main").innerHTML = RevealMarkdown().marked(lesson);

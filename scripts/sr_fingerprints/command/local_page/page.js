"use strict";

const drop = document.getElementById("drop");
const progress = document.getElementById("progress");
const list = document.getElementById("answers");
const waiting = [];
let busy = false;

/* Ask the server about a file; its answer, or an Error with the server's words. */
async function ask(path, file) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
  if (!response.ok) {
    throw new Error((await response.json()).error);
  }
  return response;
}

function probability(value) {
  return value > 0.999 ? "> 0.999" : value < 0.001 ? "< 0.001" : value.toFixed(3);
}

function row(candidate) {
  const cells = [candidate.words, probability(candidate.probability), candidate.log10_likelihood_ratio.toFixed(2)];
  const line = document.createElement("tr");
  for (const text of cells) {
    line.insertCell().textContent = text;
  }
  return line;
}

/* An entry of the list with the image and its name; what is told of it comes later. */
function entry(file) {
  const item = document.getElementById("answer").content.firstElementChild.cloneNode(true);
  const picture = item.querySelector("img");
  picture.src = URL.createObjectURL(file);
  picture.alt = file.name;
  picture.onload = () => URL.revokeObjectURL(picture.src);
  item.querySelector(".name").textContent = file.name;
  return item;
}

function fill(item, file, told) {
  const answer = told.answer;
  const named = answer.words && answer.decision !== "not_super_resolved";
  const heading = item.querySelector("h2");
  heading.textContent = told.headline + (named ? ": " + answer.words : "");
  heading.classList.toggle("open", answer.decision === "undecided" || answer.decision === "unknown");
  item.querySelector(".reason").textContent = answer.reason;
  item.querySelector("tbody").append(...answer.candidates.map(row));
  for (const limit of answer.limits) {
    item.querySelector(".limits").append(Object.assign(document.createElement("li"), { textContent: limit }));
  }
  const [meaning, json] = item.querySelectorAll("pre");
  meaning.textContent = told.explanation.trim();
  json.textContent = JSON.stringify(answer, null, 2);
  const button = item.querySelector("button");
  button.onclick = async () => {
    button.disabled = true;
    try {
      const drawn = await (await ask("map", file)).blob();
      const map = Object.assign(document.createElement("img"), {
        className: "map",
        src: URL.createObjectURL(drawn),
        alt: "Which network speaks where in " + file.name,
      });
      button.replaceWith(map);
    } catch (error) {
      button.replaceWith(failure(error));
    }
  };
}

function failure(error) {
  return Object.assign(document.createElement("p"), { className: "error", textContent: error.message });
}

async function work() {
  if (busy) {
    return;
  }
  busy = true;
  while (waiting.length) {
    const file = waiting.shift();
    progress.textContent = "Looking at " + file.name + (waiting.length ? "; " + waiting.length + " more" : "");
    const item = entry(file);
    try {
      fill(item, file, await (await ask("attribute", file)).json());
    } catch (error) {
      item.querySelector("article > div").replaceChildren(item.querySelector(".name"), failure(error));
    }
    list.prepend(item);
  }
  progress.textContent = "";
  busy = false;
}

function add(files) {
  waiting.push(...files);
  work();
}

document.getElementById("files").onchange = (event) => {
  add(event.target.files);
  event.target.value = "";
};
document.ondragover = (event) => {
  event.preventDefault();
  drop.classList.add("over");
};
document.ondragleave = () => drop.classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer.files);
};

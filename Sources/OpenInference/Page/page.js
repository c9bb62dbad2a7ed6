"use strict";

const part = (id) => document.getElementById(id);
let token = "";

/** Asks the server; an error has the server's words. */
async function ask(path, options = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(path, { ...options, headers });
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401) part("token-form").hidden = false;
  if (!answer.ok) throw new Error(body.error || `The server answers ${answer.status}.`);
  return body;
}

function say(text, isError = false) {
  part("status").textContent = text;
  part("status").className = isError ? "error" : "";
}

/** Shows the classes of an image, each with a bar. */
function show(classes) {
  part("classes").replaceChildren(...classes.map((one) => {
    const percent = 100 * one.probability;
    const item = document.createElement("li");
    const line = document.createElement("div");
    line.className = "line";
    const name = document.createElement("span");
    name.textContent = one.label ?? `class ${one.index}`;
    const value = document.createElement("span");
    value.textContent = `${percent.toFixed(2)} %`;
    const where = document.createElement("button");
    where.type = "button";
    where.className = "where";
    where.textContent = "Where?";
    where.setAttribute("aria-label", `Where is ${name.textContent}?`);
    where.addEventListener("click", () => explain(one, name.textContent));
    line.append(name, value, where);
    const track = document.createElement("div");
    track.className = "track";
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.style.width = `${percent}%`;
    track.append(bar);
    item.append(line, track);
    return item;
  }));
}

let shownAddress = null;
let shownFile = null;
let shownModel = "";
let turn = 0;

/** Shows the places of the image that speak for a class. */
async function explain(one, name) {
  const mine = turn;
  try {
    const path = `v2/models/${encodeURIComponent(shownModel)}/explain?class=${one.index}&overlay=viridis`;
    const map = await ask(path, { method: "POST", body: shownFile });
    if (mine !== turn) return;
    part("overlay").src = `data:image/png;base64,${map.overlay}`;
    part("overlay").alt = map.evidence ? `The places that speak for ${name}, in colours` : `No place speaks for ${name}`;
    const sum = `All places together give ${(map.sum - map.bias).toFixed(2)} and the bias ${map.bias.toFixed(2)}; the network's score is ${map.value.toFixed(2)}.`;
    part("map-text").textContent =
      (map.evidence ? `What speaks for “${name}”, on the part of the image that the network saw. ` : `No place speaks for “${name}”. `) + sum;
    part("map").hidden = false;
    part("map").scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (mine === turn) say(error.message, true);
  }
}

/** Shows an image and has it classified. */
async function classify(file) {
  const mine = ++turn;
  if (shownAddress) URL.revokeObjectURL(shownAddress);
  shownAddress = URL.createObjectURL(file);
  part("shown").src = shownAddress;
  part("shown").alt = file.name || "the image";
  part("shown").hidden = false;
  part("hint").hidden = true;
  show([]);
  part("map").hidden = true;
  say("…");
  const model = part("model").value;
  [shownFile, shownModel] = [file, model];
  const start = performance.now();
  try {
    if (!model) throw new Error("No model is ready.");
    const result = await ask(`v2/models/${encodeURIComponent(model)}/classify`, { method: "POST", body: file });
    if (mine !== turn) return;
    show(result.top);
    say(`${model}, ${Math.round(performance.now() - start)} ms` + (result.warning ? `. ${result.warning}` : ""));
  } catch (error) {
    if (mine === turn) say(error.message, true);
  }
  listModels();
}

/** Lists the models with their facts. */
async function listModels() {
  try {
    const names = await ask("v2/repository/index", { method: "POST" });
    const rows = [];
    const ready = [];
    for (const { name, state } of names) {
      const row = [name, state ?? "not loaded", "", "", ""];
      if (state === "READY") {
        ready.push(name);
        const path = `v2/models/${encodeURIComponent(name)}`;
        const [facts, figures] = await Promise.all([ask(path), ask(`${path}/stats`)]);
        row[2] = facts.inputs.find((one) => one.name === "input").shape.slice(1).join("×");
        row[3] = facts.outputs[0].shape.at(-1).toLocaleString("en");
        row[4] = figures.model_stats[0].inference_count.toLocaleString("en");
      }
      rows.push(row);
    }
    part("models").replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      line.append(...row.map((text) => {
        const cell = document.createElement("td");
        cell.textContent = text;
        return cell;
      }));
      return line;
    }));
    const chosen = part("model").value;
    part("model").replaceChildren(...ready.map((name) => new Option(name, name, false, name === chosen)));
    part("model-choice").hidden = ready.length < 2;
    part("token-form").hidden = true;
  } catch (error) {
    say(error.message, true);
  }
}

for (const id of ["file", "camera"]) {
  part(id).addEventListener("change", () => {
    const [file] = part(id).files;
    if (file) classify(file);
    part(id).value = "";
  });
}
part("drop").addEventListener("dragover", (event) => {
  event.preventDefault();
  part("drop").classList.add("over");
});
part("drop").addEventListener("dragleave", () => part("drop").classList.remove("over"));
part("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  part("drop").classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) classify(file);
});
document.addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) classify(file);
});
part("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = part("token").value;
  say("No image yet.");
  listModels();
});
listModels();

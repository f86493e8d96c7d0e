// SPDX-License-Identifier: Apache-2.0
// Opens an answer of the format privseg.sealed/1 (docs/reference/sealed-answer.md).
"use strict";

function bytesOf(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function normal(passphrase) {
  return passphrase.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1").replace(/[^0-9A-Z]/g, "");
}

function boundTo(data) {
  const names = Object.keys(data).filter((name) => name !== "sealed").sort();
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(names.map((n) => [n, data[n]]))));
}

// Returns the files of the answer; rejects where the passphrase does not open it.
async function openedAnswer(data, passphrase) {
  const given = new TextEncoder().encode(normal(passphrase));
  const secret = await crypto.subtle.importKey("raw", given, "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(data.salt), iterations: data.iterations };
  const key = await crypto.subtle.deriveKey(derivation, secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const cipher = { name: "AES-GCM", iv: bytesOf(data.nonce), additionalData: boundTo(data) };
  const packed = await crypto.subtle.decrypt(cipher, key, bytesOf(data.sealed));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text()).files;
}

function linkTo(file) {
  const link = document.createElement("a");
  link.download = file.name;
  link.textContent = file.name;
  link.href = URL.createObjectURL(new Blob([file.text], { type: file.media }));
  const item = document.createElement("li");
  item.append(link);
  return item;
}

// The answer's own page is taken apart as text: nothing in it can run.
function show(files, title) {
  const opened = document.getElementById("opened");
  const first = files.find((file) => file.media === "text/html");
  if (first) {
    const page = new DOMParser().parseFromString(first.text, "text/html");
    page.querySelectorAll("script,style,link,meta,base,iframe,object,embed,form").forEach((e) => e.remove());
    opened.replaceChildren(...Array.from(page.body.childNodes).map((node) => document.importNode(node, true)));
    document.title = page.title;
  }
  const footer = document.createElement("footer");
  const heading = document.createElement("h2");
  const list = document.createElement("ul");
  heading.textContent = title;
  list.id = "files";
  list.append(...files.map(linkTo));
  footer.append(heading, list);
  opened.append(footer);
}

function prepare() {
  const field = document.getElementById("passphrase");
  const button = document.getElementById("open");
  const said = document.getElementById("said");
  async function attempt() {
    if (typeof DecompressionStream === "undefined" || !globalThis.crypto || !crypto.subtle) {
      said.textContent = said.dataset.old;
      return;
    }
    button.disabled = true;
    said.textContent = said.dataset.wait;
    try {
      const data = JSON.parse(document.getElementById("sealed").textContent);
      show(await openedAnswer(data, field.value), said.dataset.files);
      field.value = "";
      document.getElementById("locked").remove();
    } catch {
      said.textContent = said.dataset.wrong;
      button.disabled = false;
    }
  }
  button.addEventListener("click", attempt);
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") attempt(); });
}

if (typeof document !== "undefined") prepare();

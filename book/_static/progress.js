/* Which chapters the reader has done. The browser remembers it; without scripts, or without its memory, nothing is shown. */
"use strict";

(() => {
  const KEY = "oreore-chapters-done";
  const CHAPTER = /\/notebooks\/(\d\d-[^/]+)\.html$/;

  const nameOf = (url) => CHAPTER.exec(new URL(url, location).pathname)?.[1];

  function make(tag, attributes = {}, ...children) {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  }

  function recall() {
    return new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  }

  function remember(done) {
    localStorage.setItem(KEY, JSON.stringify([...done]));
    show();
  }

  /* The chapters and their links, in the sidebar's order. */
  function chapterLinks(where) {
    return [...document.querySelectorAll(`${where} a`)].filter((link) => nameOf(link.href));
  }

  function tick(link, isDone) {
    link.querySelector(".lab-tick")?.remove();
    if (isDone) {
      link.append(make("span", { className: "lab-tick" }, make("span", { className: "visually-hidden" }, " (done)")));
    }
  }

  function summary(done) {
    const chapters = chapterLinks(".bd-sidebar-primary");
    const next = chapters.find((link) => !done.has(nameOf(link.href)));
    const count = chapters.filter((link) => done.has(nameOf(link.href))).length;
    const forget = make("button", { type: "button", className: "lab-forget" }, "Forget what I have done");
    forget.addEventListener("click", () => {
      remember(new Set());
      document.querySelector(".lab-progress").focus();
    });
    if (!count) {
      return ["At the end of each chapter you can tick it off. This browser then remembers how far you have come."];
    }
    if (!next) {
      return [`${count} of ${chapters.length} chapters done: all of them. `, forget];
    }
    const title = make("a", { href: next.href }, next.firstChild.textContent.replace(/^\s*\d+\.\s*/, ""));
    return [`${count} of ${chapters.length} chapters done. Continue with `, title, ". ", forget];
  }

  function show() {
    const done = recall();
    const here = nameOf(location);
    for (const link of [...chapterLinks(".bd-sidebar-primary"), ...chapterLinks("table.chapters")]) {
      tick(link, done.has(nameOf(link.href)));
    }
    document.querySelector(".lab-progress")?.replaceChildren(...summary(done));
    const box = document.querySelector(".lab-done input");
    if (box) {
      box.checked = done.has(here);
    }
  }

  function addCheckbox(here) {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      const done = recall();
      done[box.checked ? "add" : "delete"](here);
      remember(done);
    });
    const label = make("label", {}, box, " I have done this chapter");
    document.querySelector(".bd-article")?.append(make("p", { className: "lab-done" }, label));
  }

  function start() {
    try {
      recall();
    } catch {
      return; // this browser keeps nothing for this page
    }
    const table = document.querySelector("table.chapters");
    const around = table?.closest(".pst-scrollable-table-container") ?? table;
    around?.after(make("p", { className: "lab-progress", tabIndex: -1 }));
    if (nameOf(location)) {
      addCheckbox(nameOf(location));
    }
    show();
    addEventListener("pageshow", show); // back from another chapter
    addEventListener("storage", show); // another window
  }

  document.readyState === "loading" ? addEventListener("DOMContentLoaded", start) : start();
})();

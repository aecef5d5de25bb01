"use strict";
// What all demos share: making elements, sliders, and living inside another page.
const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// An element of a picture; the page has an <svg> to put it into.
function shape(tag, attributes = {}, ...children) {
  const element = document.createElementNS(document.querySelector("svg").namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A slider with its label, put into .settings; `value` is where the page writes the number (a screen reader has it from the slider).
function addSlider(name, { label, letter, min, max, step = 1 }, first, set) {
  const slider = Object.assign(make("input", { type: "range", id: name }), { min, max, step, value: first });
  const value = make("b", { ariaHidden: "true" });
  const caption = make("label", { htmlFor: name }, ...(letter ? [`${label} `, make("i", {}, letter)] : [label]));
  slider.addEventListener("input", () => set(slider.valueAsNumber));
  document.querySelector(".settings").append(make("div", {}, make("div", { className: "caption" }, caption, value), slider));
  return { slider, value };
}

// In a notebook or on the website the page sits in a frame of the same origin: follow the theme of JupyterLab, Colab or the website, and
// take the height that is needed. `fit` draws again what depends on the width. Call it when the page is drawn.
function settleIn(fit = () => {}) {
  const host = (() => {
    try {
      return window.frameElement?.ownerDocument ?? null;
    } catch {
      return null; // a frame of another origin says nothing about itself
    }
  })();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function followTheme() {
    const lab = host?.body?.dataset.jpThemeLight;
    const named = host?.documentElement.getAttribute("theme") ?? host?.documentElement.dataset.theme;
    const isDark = lab ? lab === "false" : named ? named === "dark" : dark.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  }
  dark.addEventListener("change", followTheme);
  followTheme();
  if (host?.body) {
    const observer = new MutationObserver(followTheme);
    observer.observe(host.body, { attributeFilter: ["data-jp-theme-light"] });
    observer.observe(host.documentElement, { attributeFilter: ["theme", "data-theme"] });
    window.frameElement.parentElement.querySelector("[data-demo-missing]")?.remove();
  }
  new ResizeObserver(() => {
    fit();
    const height = document.documentElement.getBoundingClientRect().height;
    if (host && height && document.body.clientWidth) window.frameElement.style.height = `${Math.ceil(height) + 2}px`;
  }).observe(document.body);
}

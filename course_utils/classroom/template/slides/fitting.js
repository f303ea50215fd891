// Sets the formulas, makes every slide fit its frame, and only then starts reveal.js.
//
// A slide that is too tall, or too wide, takes the largest scale at which it fits, with its code above its figures or beside
// them. If it would have to shrink below SMALLEST, it is cut into two, at the block nearest to its middle; what cannot be cut
// may shrink to LAST_RESORT. Where there is room left, pictures become larger.
"use strict";
const SMALLEST = 0.8;
const LAST_RESORT = 0.7;
const STEP = 0.05;
const BLOCKS = ".jp-RenderedMarkdown > *, .jp-Cell-inputWrapper:has(pre), .jp-OutputArea-child";

const tooWide = (slide) => slide.scrollWidth > slide.clientWidth;
const overflows = (slide) => slide.scrollHeight > slide.clientHeight || tooWide(slide);

function fits(slide, smallest) {
  for (let scale = 1; scale > smallest - STEP / 2; scale -= STEP) {
    slide.style.setProperty("--scale", scale.toFixed(2));
    for (const beside of slide.querySelector(".jp-CodeCell img") ? [false, true] : [false]) {
      slide.classList.toggle("beside", beside);
      if (!overflows(slide)) return true;
    }
  }
  return false;
}

function enlargePictures(slide) {
  for (const size of [1.6, 1.4, 1.2, 1]) {
    slide.style.setProperty("--enlarged", size);
    if (!overflows(slide)) return;
  }
}

function halved(slide) {
  slide.classList.remove("beside");
  const blocks = [...slide.querySelectorAll(BLOCKS)].filter((block) => !block.closest("aside"));
  const first = blocks[0].getBoundingClientRect().top;
  const middle = (first + blocks.at(-1).getBoundingClientRect().bottom) / 2;
  const places = blocks.filter((block, i) => i > 0 && !/^H\d$/.test(blocks[i - 1].tagName)); // a heading never stands last
  if (!places.length) return null;
  const distance = (block) => Math.abs(block.getBoundingClientRect().top - middle);
  const place = places.reduce((best, block) => (distance(block) < distance(best) ? block : best));
  const rest = document.createRange();
  rest.setStartBefore(place);
  rest.setEndAfter(slide.lastChild);
  const next = slide.cloneNode(false);
  next.append(rest.extractContents()); // which takes along a part of the cell, and of the fragment, that is cut
  for (const part of slide.querySelectorAll(".fragment, .jp-Cell")) {
    if (!part.querySelector(BLOCKS)) part.remove(); // all of it has moved: nothing is left for a key press to show
  }
  next.querySelector(":scope > .fragment:first-child")?.classList.remove("fragment"); // the new slide is a key press itself
  for (const notes of slide.querySelectorAll("aside.notes")) next.append(notes.cloneNode(true));
  slide.after(next);
  return next;
}

function fit(slide) {
  let fitting = fits(slide, SMALLEST);
  if (!fitting && tooWide(slide)) {
    slide.classList.add("wrapped"); // long lines of output
    fitting = fits(slide, SMALLEST);
  }
  const next = fitting ? null : halved(slide);
  if (next) {
    fit(slide);
    fit(next);
  } else {
    if (!fitting) fits(slide, LAST_RESORT);
    enlargePictures(slide);
  }
}

window.addEventListener("load", async () => {
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  for (const spoken of document.querySelectorAll("aside mjx-assistive-mml")) spoken.remove(); // seen twice there
  const reveal = document.querySelector(".reveal");
  reveal.classList.add("fitting");
  if (/print-pdf/i.test(location.search)) { // nobody can click on paper; hints stay closed
    for (const fold of reveal.querySelectorAll("details")) fold.open = fold.querySelector("summary").textContent.trim() === "Answer";
  }
  const slides = reveal.querySelectorAll("section > section");
  for (const slide of slides) slide.classList.add("frame");
  for (const slide of slides) fit(slide);
  reveal.classList.remove("fitting");
  Reveal.on("pdf-ready", () => {
    const footer = reveal.querySelector("footer");
    for (const page of reveal.querySelectorAll(".pdf-page")) page.append(footer.cloneNode(true));
    footer.remove();
    reveal.classList.add("printable");
  });
  await Reveal.initialize({
    width: 1280,
    height: 800,
    margin: 0,
    center: false,
    hash: true,
    slideNumber: "c/t",
    showSlideNumber: "all",
    transition: "none",
    navigationMode: "linear", // the arrow to the right leaves no slide out
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    scrollActivationWidth: null,
    plugins: [RevealNotes],
  });
});

// MathJax reads this before it starts. Each formula keeps its own glyphs, so that it survives the way into the speaker's window.
window.MathJax = {
  tex: {
    inlineMath: [["$", "$"], ["\\(", "\\)"]],
    displayMath: [["$$", "$$"], ["\\[", "\\]"]],
    processEscapes: true,
  },
  svg: { fontCache: "local" },
  options: { enableMenu: false },
  startup: { typeset: false },
};

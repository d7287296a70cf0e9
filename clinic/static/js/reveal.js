// Opens the fold that holds the passage a link points to.
function open() {
  const target = window.location.hash && document.getElementById(window.location.hash.slice(1));
  const fold = target && target.closest("details");
  if (!fold || fold.open) return;
  fold.open = true;
  target.scrollIntoView({ block: "center" });
}
window.addEventListener("hashchange", open);
open();

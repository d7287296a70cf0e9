// Counts the time since the consult was asked for.
const clock = document.querySelector("[data-elapsed]");
const since = Number(clock.dataset.elapsed) * 1000;
function tick() {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} since it was asked for`;
}
tick();
setInterval(tick, 1000);

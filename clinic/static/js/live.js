// Follows a running consult: puts rendered slots in their places, resumes by itself, reloads when the consult has ended.
const live = document.querySelector("[data-live]");
const say = live.querySelector("[data-say]");
const trouble = live.querySelector("[data-trouble]");
let fence = Number(live.dataset.fence);

function put(name, html) {
  const slot = live.querySelector(`[data-slot="${name}"]`);
  if (!slot) return;
  const before = slot.querySelectorAll("li, article").length;
  slot.innerHTML = html;
  slot.querySelectorAll("li, article").forEach((one, place) => {
    if (place >= before && (name === "claims" || name === "evidence")) one.classList.add("arrives");
  });
}

function show(event) {
  const news = JSON.parse(event.data);
  if (news.fence !== fence) fence = news.fence;
  for (const [name, html] of Object.entries(news.slots)) put(name, html);
  if (say.textContent !== news.say) say.textContent = news.say;
  trouble.hidden = true;
}

const source = new EventSource(live.dataset.live);
source.addEventListener("progress", show);
source.addEventListener("restart", show);
source.addEventListener("done", (event) => {
  source.close();
  say.textContent = JSON.parse(event.data).say;
  window.location.replace(window.location.pathname);
});
source.addEventListener("open", () => { trouble.hidden = true; });
source.addEventListener("error", () => {
  trouble.hidden = false;
  if (source.readyState === EventSource.CLOSED) setTimeout(() => window.location.reload(), 5000);
});

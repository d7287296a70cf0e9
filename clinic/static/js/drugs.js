// Says under a drug what the Formulary knows of it, or which names are near.
const form = document.querySelector("[data-opinion]");
const known = new Map();

async function look(name) {
  if (!known.has(name)) {
    const answer = await fetch(`/disagreements/drugs/?q=${encodeURIComponent(name)}`, { credentials: "same-origin" });
    if (!answer.ok) return null;
    known.set(name, await answer.json());
  }
  return known.get(name);
}

async function hint(input) {
  const place = input.closest("[data-row]").querySelector("[data-drug-hint]");
  const name = input.value.trim();
  place.replaceChildren();
  place.classList.remove("unknown");
  if (!name) return;
  const found = await look(name).catch(() => null);
  if (!found || input.value.trim() !== name) return;
  if (found.known) {
    const usual = found.known.doses.length ? `; usual: ${found.known.doses.join(" · ")}` : "";
    place.textContent = `${found.known.name}, ${found.known.class}${usual}`;
    return;
  }
  place.classList.add("unknown");
  place.append("Not in the Formulary: kept as you write it, but the safety checks will not cover it.");
  if (found.near.length) place.append(" Did you mean");
  for (const near of found.near) {
    const pick = Object.assign(document.createElement("button"), { type: "button", textContent: near });
    pick.addEventListener("click", () => { input.value = near; input.dispatchEvent(new Event("input", { bubbles: true })); hint(input); input.focus(); });
    place.append(" ", pick);
  }
}

form.addEventListener("change", (event) => { if (event.target.matches("[data-drug]")) hint(event.target); });
form.querySelectorAll("[data-drug]").forEach((input) => { if (input.value) hint(input); });

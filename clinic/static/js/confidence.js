// Gives the confidence number a slider.
const number = document.querySelector("[data-confidence]");
const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, step: 1, value: number.value });
slider.setAttribute("aria-label", "Confidence, as a slider");
number.after(slider);
slider.addEventListener("input", () => { number.value = slider.value; });
number.addEventListener("input", () => { slider.value = number.value; });

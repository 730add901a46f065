// Looks whether the service is ready, and then loads the page that was asked for.
"use strict";

const base = document.querySelector("main").dataset.base;

setInterval(async () => {
  try {
    const answer = await fetch(`${base}/readyz`);
    if (answer.ok) location.reload();
  } catch {
    // it is being started again: the next look may find it
  }
}, 2000);

/**
 * Keeps a page up to date: listens to the site's events and swaps in what changed, writes times as the reader's own.
 * The page works without it.
 */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const steps = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** Say how long ago or until; nothing past thirty days, where the server wrote the date. */
function tell(seconds) {
  if (Math.abs(seconds) < 60) return seconds <= 0 ? "just now" : "in a moment";
  if (Math.abs(seconds) > 30 * 86400) return null;
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size);
  return relative.format(Math.trunc(seconds / size), unit);
}

function refreshTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    const words = tell((moment - Date.now()) / 1000);
    element.title = exact.format(moment);
    if (words && element.textContent !== words) element.textContent = words;
  }
}

/** Take the page anew and replace its content, keeping where the reader is; but not while they fill in a form. */
async function refreshContent() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, next] = [document.getElementById("content"), page.getElementById("content")];
  const held = now.contains(document.activeElement) ? document.activeElement : null;
  if (!next || held?.closest("form")?.querySelector("input:not([type=hidden]), select, textarea")) return;
  const told = announced(now);
  const open = new Set([...now.querySelectorAll("details[open][id]")].map((element) => element.id));
  now.replaceChildren(...next.childNodes);
  document.title = page.title;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (held) giveFocusBack(now, held);
  refreshTimes();
  const tells = announced(now);
  if (tells !== told) say(tells);
}

/** Return what of the content is to be told to who can't see it change. */
function announced(content) {
  const parts = [...content.querySelectorAll("[data-announce]")].map((element) => element.textContent);
  return parts.join(" ").replace(/\s+/g, " ").trim();
}

/** Focus what takes the place of the element that had it; where nothing does, the content, so that no way is lost. */
function giveFocusBack(content, held) {
  const same = (element) => element.outerHTML === held.outerHTML;
  const heir = held.id
    ? document.getElementById(held.id)
    : [...content.querySelectorAll(held.localName)].find(same);
  (heir ?? document.getElementById("main")).focus({ preventScroll: true });
}

function announce(submission) {
  const result = submission.result;
  const words = result
    ? `${submission.assignment_title}: ${result.score} of ${result.max_score} points` +
      (result.xp_gained > 0 ? `, +${result.xp_gained} XP` : "")
    : `${submission.assignment_title}: could not be graded`;
  show(words, submission.id, 12000);
}

/** Show a note with the way to a submission's result, for a while. */
function show(text, submission, milliseconds) {
  const note = document.getElementById("live-note");
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  const parts = [words];
  const address = document.body.dataset.results + submission;
  if (location.pathname !== address) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = "See the result";
    parts.push(link);
  }
  note.replaceChildren(...parts);
  clearTimeout(show.timer);
  show.timer = setTimeout(() => note.replaceChildren(), milliseconds);
}

/** Show a note of words alone, for a while. */
function say(words) {
  const note = document.getElementById("live-note");
  const text = document.createElement("span");
  text.dir = "auto";
  text.textContent = words;
  note.replaceChildren(text);
  clearTimeout(show.timer);
  show.timer = setTimeout(() => note.replaceChildren(), 12000);
}

/** Move what the page says of what was just done into the note: it holds once, not after the page was taken anew. */
function tellOnce() {
  const told = document.querySelector("[data-told]");
  if (!told) return;
  say(told.textContent.trim());
  told.remove();
  const address = new URL(location.href);
  for (const name of ["again", "given"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

function listen(address) {
  const events = new EventSource(address);
  events.addEventListener("submission.graded", (event) => {
    announce(JSON.parse(event.data).submission);
    refreshContent();
  });
  for (const kind of ["submission.regraded", "submission.penalty-lowered"]) {
    events.addEventListener(kind, (event) => {
      const { message, submission_id } = JSON.parse(event.data);
      show(message, submission_id, 60000);
      refreshContent();
    });
  }
  events.addEventListener("submission.grading", refreshContent);
  events.addEventListener("submission.handed-in", (event) => {
    say(`${JSON.parse(event.data).assignment_title}: handed in for you, as it was due`);
    refreshContent();
  });
  events.addEventListener("draft.left", (event) => {
    const draft = JSON.parse(event.data);
    say(`${draft.assignment_title}: not handed in for you. ${draft.reason}`);
  });
  events.addEventListener("submission.waiting", (event) => {
    const { submission_id } = JSON.parse(event.data);
    if (document.querySelector(`[data-waiting="${submission_id}"]`)) refreshContent();
  });
  // What was graded between this page and the open stream would be missed.
  events.addEventListener("open", () => {
    document.body.dataset.live = "open";
    if (document.querySelector("[data-pending]")) refreshContent();
  });
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

refreshTimes();
tellOnce();
setInterval(refreshTimes, 30000);
// A count that goes on without events of this person's is looked at again, as long as it is on the page.
setInterval(() => {
  if (!document.hidden && document.querySelector("[data-refresh]")) refreshContent().catch(() => {});
}, 3000);
if (document.body.dataset.events) listen(document.body.dataset.events);

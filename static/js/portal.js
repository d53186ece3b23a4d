// What pages can do beyond links and forms. Everything here has a way without it.
"use strict";

const find = (selector, root = document) => root.querySelector(selector);

// A form is sent once: the button is busy until the next page, or until this
// one is shown again from the browser's memory.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.passkey && !form.elements.credential.value) {
    event.preventDefault();
    askPasskey(form, event.submitter);
    return;
  }
  if (form.dataset.themeSwitch !== undefined) {
    event.preventDefault();
    switchTheme(form);
    return;
  }
  if (event.defaultPrevented || form.method !== "post" || form.dataset.download !== undefined) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  busy(event.submitter);
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});

function busy(button) {
  if (!button?.classList.contains("btn")) return;
  const label = find(".btn-label", button);
  button.style.minWidth = button.offsetWidth + "px";
  button.dataset.busy = label.textContent;
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busyLabel) label.textContent = button.dataset.busyLabel;
}

function release(form) {
  delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-busy]")) {
    if (button.form !== form) continue;
    find(".btn-label", button).textContent = button.dataset.busy;
    delete button.dataset.busy;
    button.removeAttribute("aria-disabled");
  }
}

addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog?.showModal && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (event.target.closest("button[aria-disabled='true'], a[aria-disabled='true']")) event.preventDefault();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close() ?? closer.closest("[data-toast]")?.remove();
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

async function copy(button) {
  const source = find(button.dataset.copy);
  source.select?.();
  const label = find(".btn-label", button);
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    label.textContent = button.dataset.copied;
  } catch {
    label.textContent = "Selected, press Ctrl C";
  }
  setTimeout(() => (label.textContent = before), 4000);
}

// The server keeps the choice; the page shows it at once.
async function switchTheme(form) {
  const root = document.documentElement;
  const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  form.elements.theme.value = next;
  root.dataset.theme = next;
  await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
}

// Toasts are trivial: they go after 6 s, and wait while they are read.
new MutationObserver(() => {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-timed])")) {
    toast.dataset.timed = "true";
    const tick = setInterval(() => {
      if (toast.matches(":hover, :focus-within")) return;
      clearInterval(tick);
      toast.remove();
    }, 6000);
  }
}).observe(document.documentElement, { childList: true, subtree: true });

// Passkeys. The options come as JSON with base64url where WebAuthn wants bytes;
// the answer goes back the same way in the form's own field.
async function askPasskey(form, button) {
  if (form.dataset.sent) return;
  form.dataset.sent = "true";
  busy(button);
  showProblem(form, "");
  try {
    const { publicKey } = await passkeyOptions(form);
    const credential = form.dataset.passkey === "register"
      ? await navigator.credentials.create({ publicKey: readCreation(publicKey) })
      : await navigator.credentials.get({ publicKey: readRequest(publicKey) });
    form.elements.credential.value = JSON.stringify(written(credential));
    form.submit();
  } catch (problem) {
    release(form);
    showProblem(form, passkeyProblem(problem));
  }
}

async function passkeyOptions(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail || "The portal did not answer. Try again.");
  return body;
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

const readCreation = (o) => ({
  ...o,
  challenge: bytes(o.challenge),
  user: { ...o.user, id: bytes(o.user.id) },
  excludeCredentials: withBytes(o.excludeCredentials),
});
const readRequest = (o) => ({ ...o, challenge: bytes(o.challenge), allowCredentials: withBytes(o.allowCredentials) });

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

function passkeyProblem(problem) {
  if (problem.name === "InvalidStateError") return "This device already holds a passkey for your account.";
  if (problem.name === "NotAllowedError") return "The passkey was not used. Try again, or choose the other way.";
  return problem.message;
}

function showProblem(form, message) {
  const place = find("[data-passkey-error]", form);
  place.textContent = message;
  place.hidden = message === "";
}

/* Saves what is being written while it is written, and keeps it on the page where there is no connection. Without it the button "Save for later" does the first. */
(() => {
  const form = document.querySelector('form[data-drafting]');
  if (!form || !window.fetch || !form.requestSubmit) return;
  const EVERY = 20000;
  const PATIENCE = 15000;
  // Who it is for is kept with the words.
  const fields = [...form.querySelectorAll('textarea, input[type=text], select')];
  const shown = (field) => (field.options ? [...field.options].find((one) => one.defaultSelected) ?? field.options[0] : null)?.value ?? field.defaultValue ?? '';
  const words = () => fields.map((field) => field.value).join('\0');
  const unsaved = document.getElementById('unsaved');
  const kept = document.getElementById('drafting');
  // Whatever it was answered with is a page for a person; that it leads on says it was kept.
  const WHY = { 403: 'ended', 410: 'gone', 422: 'long', 429: 'busy' };
  let why = '';
  function tell(now) {
    why = now;
    for (const said of unsaved.children) said.hidden = said.dataset.why !== now;
    unsaved.hidden = now === '';
    // Two sentences that deny each other are no help.
    kept.hidden = now !== '';
  }
  // A browser that comes back to the page puts in what was typed before.
  let saved = fields.map(shown).join('\0');
  // Not asked again with the same words.
  let tooLong = null;
  let due = 0;
  let under = null;
  kept.hidden = false;

  async function save() {
    const now = words();
    const body = new FormData(form);
    body.delete('file');
    body.append('save', '1');
    const late = new AbortController();
    const limit = setTimeout(() => late.abort(), PATIENCE);
    try {
      const answer = await fetch(form.action, { method: 'POST', body, redirect: 'manual', signal: late.signal });
      const done = answer.type === 'opaqueredirect';
      if (done) saved = now;
      tell(done ? '' : (WHY[answer.status] ?? 'broken'));
      tooLong = why === 'long' ? now : null;
    } catch {
      tell('offline');
    }
    clearTimeout(limit);
  }
  function later() {
    if (due === 0 && under === null && why !== 'ended' && why !== 'gone' && words() !== saved && words() !== tooLong) due = setTimeout(() => { due = 0; under = save().then(() => { under = null; later(); }); }, EVERY);
  }
  form.addEventListener('input', later);
  later();
  window.addEventListener('offline', () => { if (words() !== saved) tell('offline'); });
  window.addEventListener('online', () => { if (why === 'offline') tell(''); });

  let sent = false;
  form.addEventListener('submit', (e) => {
    clearTimeout(due);
    due = -1;
    // Its words would come back after they were sent.
    if (under !== null && !sent) {
      e.preventDefault();
      sent = true;
      const button = e.submitter;
      under.then(() => form.requestSubmit(button));
    } else if (navigator.onLine === false) {
      e.preventDefault();
      sent = false;
      due = 0;
      tell('offline');
      // Kept by itself once there is a connection again, whether it is sent then or not.
      later();
    }
  });
})();

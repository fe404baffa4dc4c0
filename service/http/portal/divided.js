/* Half of a key comes behind the link, where no server sees it; the other half is given here once the reader has proved themselves. Both open the message in this page and nowhere else. */
(() => {
  const store = (path) => `half${path}`;
  const place = /^\/m\/[A-Za-z0-9_-]{43}/.exec(location.pathname);
  if (!place) return;
  const path = place[0];
  // Kept for this tab alone, and out of sight: an address is copied, photographed and remembered.
  if (/^#[A-Za-z0-9_-]{43}$/.test(location.hash)) {
    try { sessionStorage.setItem(store(path), location.hash.slice(1)); } catch { /* then it is asked for again */ }
    history.replaceState(null, '', location.pathname + location.search);
  }
  // Signed out: the tap on the link in the mail brings it back.
  if (/[?&]left\b/.test(location.search)) try { sessionStorage.removeItem(store(path)); } catch { /* there is none */ }
  const page = document.getElementById('divided');
  if (!page) return;
  // Said where this script does not run, be it off, kept away on its road or changed: there nothing else could say it.
  document.getElementById('divided-script').remove();

  const text = new TextEncoder();
  const say = (id) => {
    document.getElementById('divided-wait').hidden = true;
    document.getElementById(id).hidden = false;
    page.removeAttribute('aria-busy');
  };
  const bytes = (base64) => Uint8Array.from(atob(base64.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const aes = (raw) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const derive = async (raw, salt, info, length) => crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: text.encode(info) }, await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits']), length * 8);
  /* nonce, ciphertext, tag */
  const open = async (raw, aad, sealed) => crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: text.encode(aad) }, await aes(raw), sealed.subarray(12));
  /* version, salt, then segments of 64 KB and their tags; the nonce counts them and marks the last, so that nothing is cut off or moved */
  const openSegments = async (raw, aad, sealed) => {
    if (sealed[0] !== 1 || sealed.length < 49) throw new Error('sealed');
    const own = new Uint8Array(await derive(raw, sealed.subarray(1, 33), 'send-secure stream', 39));
    const key = await aes(own.subarray(0, 32));
    const size = 65552;
    const count = Math.max(1, Math.ceil((sealed.length - 33) / size));
    const parts = [];
    for (let n = 0; n < count; n += 1) {
      const nonce = new Uint8Array(12);
      nonce.set(own.subarray(32));
      new DataView(nonce.buffer).setUint32(7, n);
      nonce[11] = n === count - 1 ? 1 : 0;
      parts.push(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData: text.encode(aad) }, key, sealed.subarray(33 + n * size, Math.min(sealed.length, 33 + (n + 1) * size))));
    }
    return parts;
  };

  let half = null;
  try { half = sessionStorage.getItem(store(path)); } catch { /* as if there were none */ }
  if (!half) return say('divided-link');
  if (!window.crypto || !crypto.subtle) return say('divided-failed');
  document.getElementById('divided-wait').hidden = false;

  (async () => {
    /* Shows that we hold our half, and says nothing of it. */
    const held = new Uint8Array([...text.encode('send-secure half '), ...bytes(half)]);
    const proof = [...new Uint8Array(await crypto.subtle.digest('SHA-256', held))].map((b) => String.fromCharCode(b)).join('');
    const answer = await fetch(`${path}/halves`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `form=${encodeURIComponent(page.dataset.form)}&proof=${btoa(proof).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')}` });
    if (answer.status === 422) return say('divided-link');
    if (answer.status === 403) return say('divided-ended');
    if (!answer.ok) return say('divided-failed');
    const given = await answer.json();
    const both = new Uint8Array(64);
    both.set(bytes(half));
    both.set(bytes(given.half), 32);
    let key;
    try {
      key = new Uint8Array(await open(await derive(both, new Uint8Array(0), `send-secure divided ${given.item}`, 32), `divided/${given.message}/${given.item}`, bytes(given.wrapped)));
    } catch {
      return say('divided-link');
    }
    const drawn = JSON.parse(new TextDecoder().decode(await open(key, `reading/${given.message}`, bytes(given.reading))));
    const part = async (n) => {
      const { name, sha256, whole, contentType } = drawn.parts[n];
      const found = await fetch(`${path}/sealed/${name}`);
      if (!found.ok) throw new Error(found.status === 403 ? 'ended' : 'part');
      const sealed = new Uint8Array(await found.arrayBuffer());
      const aad = `part/${given.message}/${sha256}`;
      return new Blob(whole ? [await open(key, aad, sealed)] : await openSegments(key, aad, sealed), { type: contentType });
    };
    /* Inert until it is put into the page; pictures and files get addresses of this page's own. */
    const inside = new DOMParser().parseFromString(drawn.html[page.dataset.language] || drawn.html.en, 'text/html');
    const pictures = [...inside.querySelectorAll('img[src^="#inline/"]')].map((img) => [img, Number(img.getAttribute('src').slice(8))]);
    for (const [img] of pictures) img.removeAttribute('src');
    const save = async (n) => {
      const a = document.createElement('a');
      a.href = URL.createObjectURL(new Blob([await part(n)], { type: 'application/octet-stream' }));
      a.download = drawn.parts[n].filename;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    };
    for (const a of inside.querySelectorAll('a[href^="#file/"]')) {
      const n = Number(a.getAttribute('href').slice(6));
      a.setAttribute('role', 'button');
      a.addEventListener('click', (e) => { e.preventDefault(); save(n).catch((fault) => say(fault.message === 'ended' ? 'divided-ended' : 'divided-failed')); });
    }
    document.getElementById('divided-title').remove();
    document.getElementById('divided-body').append(...document.adoptNode(inside.body).childNodes);
    document.getElementById('divided-wait').hidden = true;
    page.removeAttribute('aria-busy');
    for (const [img, n] of pictures) part(n).then((blob) => { img.src = URL.createObjectURL(blob); }).catch(() => undefined);
  })().catch(() => say('divided-failed'));
})();

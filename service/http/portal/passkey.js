/* Asks the device for its passkey, or to keep one, and puts the answer into a form. Without it everything else still works. */
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const ids = (list) => (list ? list.split(' ').map((id) => ({ type: 'public-key', id: bytes(id) })) : []);
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const open = document.getElementById('passkey-open');
  if (open) {
    const ask = () => navigator.credentials.get({
      publicKey: { challenge: bytes(open.dataset.challenge), userVerification: 'required', allowCredentials: ids(open.dataset.known), timeout: 120000 },
    }).then((found) => send(open, found, { authenticatorData: text(found.response.authenticatorData), signature: text(found.response.signature), ...(found.response.userHandle ? { userHandle: text(found.response.userHandle) } : {}) }), () => undefined);
    shown(open, ask);
    // A device that has kept one is asked at once: the finger on it is the whole opening. A scanner has none.
    if (open.dataset.known && open.dataset.now) ask();
  }

  const keep = document.getElementById('passkey-keep');
  if (keep) {
    const ask = () => navigator.credentials.create({
      publicKey: {
        challenge: bytes(keep.dataset.challenge), rp: { name: keep.dataset.organisation }, user: { id: bytes(keep.dataset.person), name: keep.dataset.address, displayName: keep.dataset.address },
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })), excludeCredentials: ids(keep.dataset.known), attestation: 'none', timeout: 120000,
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      },
    }).then((made) => send(keep, made, { attestationObject: text(made.response.attestationObject) }), () => undefined);
    window.PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((can) => { if (can) shown(keep, ask); });
  }

  function shown(form, ask) {
    form.hidden = false;
    form.addEventListener('submit', (e) => {
      if (form.elements.answer.value) return;
      e.preventDefault();
      ask();
    });
  }
  function send(form, made, response) {
    form.elements.answer.value = JSON.stringify({
      id: made.id, rawId: made.id, type: made.type, clientExtensionResults: {}, response: { clientDataJSON: text(made.response.clientDataJSON), ...response },
    });
    form.submit();
  }
})();

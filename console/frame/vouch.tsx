/** Asks for a fresh sign-in in a window of its own, so that nothing on the page is lost; the window says when it is done and closes. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Vouch } from '../wire/call.ts';
import { SAY } from '../words.ts';
import { addressOf } from './place.ts';

export const CHANNEL = 'send-secure-console';
type How = Parameters<Vouch>[0];

interface Question { readonly how: How; readonly answer: (vouched: boolean) => void }

/** Calls that wait for the same sign-in wait together. */
export function openVouch(): { readonly vouch: Vouch; watch(on: (question: Question | null) => void): () => void } {
  let open: { readonly question: Question; readonly answered: Promise<boolean> } | null = null;
  let told: (question: Question | null) => void = () => undefined;
  return {
    vouch(how) {
      if (open !== null) return open.answered;
      let settle: (vouched: boolean) => void = () => undefined;
      const answered = new Promise<boolean>((resolve) => { settle = resolve; });
      const question: Question = { how, answer: (vouched) => { open = null; told(null); settle(vouched); } };
      open = { question, answered };
      told(question);
      return answered;
    },
    watch(on) {
      told = on;
      return () => { told = () => undefined; };
    },
  };
}

export function VouchDialog({ watch }: { watch: ReturnType<typeof openVouch>['watch'] }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [state, setState] = useState<'asked' | 'waiting' | 'blocked'>('asked');
  useEffect(() => watch((next) => { setState('asked'); setQuestion(next); }), [watch]);
  useEffect(() => {
    if (question === null) return undefined;
    const channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', (e: MessageEvent) => { if (e.data === 'signed-in') question.answer(true); });
    return () => channel.close();
  }, [question]);
  if (question === null) return null;
  const { how, answer } = question;
  const begin = () => {
    const window_ = window.open(`/console/sign-in?how=${how === 'step-up' ? 'step-up' : 'again'}&to=${addressOf('confirmed')}`, 'send-secure-sign-in', 'popup,width=520,height=680');
    setState(window_ === null ? 'blocked' : 'waiting');
  };
  return (
    <Dialog open modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{how === 'step-up' ? SAY.stepUp : SAY.ended}</DialogTitle>
          <DialogContent>
            <p>{how === 'step-up' ? SAY.stepUpMore : SAY.endedMore}</p>
            <p role="status">{state === 'waiting' ? SAY.waiting : state === 'blocked' ? SAY.blocked : ''}</p>
          </DialogContent>
          <DialogActions>
            <Button onClick={() => answer(false)}>{SAY.cancel}</Button>
            <Button appearance="primary" onClick={begin}>{how === 'step-up' ? SAY.confirm : SAY.signIn}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

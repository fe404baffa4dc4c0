/** What the view of a sent message says beyond the pane's own words: held copies, proof, how a try went. */
import type { Reveal } from '../../shared/wire/certificate.ts';

export const HELD = {
  title: 'Waits for you', help: 'This copy could not be protected as you were shown, so nothing of it was sent. Every way offered here is strong enough; none is taken without your word.',
  again: 'Try again', by: 'Send: ', takeBack: 'Take back', weaker: 'Strong enough, but less than you were first shown.', none: 'Nothing is strong enough for this copy now. Take it back, or reach them another way.',
  released: 'On its way. What becomes of it is shown below.', changed: 'The ways changed since they were shown. Look again, then choose.',
  takeBackAsk: 'This takes back every copy that has not arrived, this one included.',
} as const;

export const PROOF = {
  title: 'Proof', help: 'A certificate says what the service did and saw, signed, and for each claim what it does not prove. Anyone can check it without us. It never holds the text.',
  show: 'Let it say', names: { recipients: 'recipients', subject: 'subject', from: 'your address', servers: 'servers', content: '' } satisfies { [R in Reveal]: string },
  paper: 'Save as PDF', bundle: 'Save to check (ZIP)', making: 'Making the certificate', saved: 'Saved. The PDF carries everything needed to check it.',
} as const;

export const TRY = {
  host: 'Server', ip: 'Address', connection: 'Connection', grade: 'Proved', certificate: 'Certificate', reply: 'Answer', queueId: 'Queue id', took: 'Took', open: 'Details', none: 'not encrypted',
  grades: { 'A': 'by the domain itself (A)', 'B': 'by a trusted authority (B)', 'B-': 'pinned (B-)', 'C': 'no: encrypted, with whom is not known (C)', 'D': 'no (D)' } as { readonly [grade: string]: string },
} as const;

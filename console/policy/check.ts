/** Whether a document can be saved, as one types: the wire's own schema, and what only the whole shows. The service looks again. */
import { PolicyDocument } from '../../shared/wire/policy.ts';
import { CONDITION, EFFECT, SAY } from './words.ts';

export interface Wrong { /** index of the rule; null: of the document */ readonly rule: number | null; readonly says: string }

const FIELD: { readonly [name: string]: string } = { id: SAY.id, name: SAY.name, says: SAY.says, ...CONDITION, ...EFFECT };

export function wrongIn(document: PolicyDocument): readonly Wrong[] {
  const read = PolicyDocument.safeParse(document);
  const found: Wrong[] = [];
  for (const { path, message } of read.success ? [] : read.error.issues) {
    const rule = path[0] === 'rules' && typeof path[1] === 'number' ? path[1] : null;
    const field = path.slice(rule === null ? 0 : 2).filter((step): step is string => typeof step === 'string' && step !== 'when' && step !== 'then').map((step) => FIELD[step] ?? step);
    found.push({ rule, says: `${field.join(', ') || SAY.editor}: ${message.replace(/^Invalid input: /, '')}` });
  }
  document.rules.forEach((rule, i) => {
    if (document.rules.findIndex((r) => r.id === rule.id) < i) found.push({ rule: i, says: `${SAY.id}: ${SAY.twice}` });
    if (Object.keys(rule.then).length === 0) found.push({ rule: i, says: SAY.empty });
  });
  return found;
}

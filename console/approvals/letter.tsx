/** A message as its reader sees it here: from whom, to whom, its words and the names of its files. Markup is shown as the text in it; nothing of it is run or fetched. */
import { makeStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Card } from '../frame/view.tsx';
import type { Value } from '../wire/call.ts';
import { SAY } from './words.ts';

const useStyles = makeStyles({
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
  text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0, fontFamily: 'inherit', maxHeight: '420px', overflowY: 'auto' },
});
const bodyOf = (m: Value<'approvalContent'>) => m.text ?? new DOMParser().parseFromString(m.html ?? '', 'text/html').body.textContent ?? '';

export function Letter({ message, actions }: { message: Value<'approvalContent'>; actions?: ReactNode }) {
  const styles = useStyles();
  return (
    <Card title={message.subject} actions={actions}>
      <dl className={styles.facts}>
        <dt>{SAY.from}</dt><dd>{message.from.address}</dd><dt>{SAY.to}</dt><dd>{message.recipients.map((r) => r.address).join(', ')}</dd>
        {message.attachments.length === 0 ? null : <><dt>{SAY.files}</dt><dd>{message.attachments.map((a) => a.filename).join(', ')}</dd></>}
      </dl>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.text} tabIndex={0}>{bodyOf(message)}</pre>
    </Card>
  );
}

/** Findings that authors called wrong, by rule, for whoever keeps the rules. */
import { Button } from '@fluentui/react-components';
import type { FalsePositive } from '../../shared/wire/falsepositive.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Page, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused } from '../wire/call.ts';
import { saying } from '../words.ts';
import { SAY } from './words.ts';

const SURE = ['low', 'medium', 'high'];
const keyOf = (row: FalsePositive) => `${row.rule}/${row.confidence}`;

export default function CalledWrong() {
  const { wire, tell, has } = useConsole();
  const { loaded, again } = useAnswer('falsePositives');
  async function review({ rule, confidence }: FalsePositive): Promise<void> {
    const answer = await wire.call('reviewFalsePositive', { body: { rule, confidence } });
    tell(isRefused(answer) ? saying(answer) : SAY.reviewed, { bad: isRefused(answer) });
    again();
  }
  const columns: Column<FalsePositive>[] = [
    { key: 'rule', title: SAY.rule, cell: (r) => r.rule, sort: (r) => r.rule, width: 'minmax(160px, 2fr)' },
    { key: 'kind', title: SAY.kind, cell: (r) => r.kind, sort: (r) => r.kind },
    { key: 'sure', title: SAY.sure, cell: (r) => r.confidence, sort: (r) => SURE.indexOf(r.confidence), width: '100px' },
    { key: 'reports', title: SAY.reports, cell: (r) => r.reports.toLocaleString(), sort: (r) => r.reports, width: '90px' },
    { key: 'people', title: SAY.people, cell: (r) => r.people.toLocaleString(), sort: (r) => r.people, width: '90px' },
    { key: 'last', title: SAY.last, cell: (r) => new Date(r.last).toLocaleDateString(undefined, { dateStyle: 'medium' }), sort: (r) => r.last, width: '130px' },
    ...(has('policy-author', 'compliance', 'privacy-officer') ? [{ key: 'review', acts: true, title: SAY.review, width: '130px', cell: (r: FalsePositive) => <Button size="small" aria-label={`${SAY.review}: ${r.rule}, ${r.confidence}`} onClick={() => void review(r)}>{SAY.review}</Button> }] : []),
  ];
  return (
    <Page title={SAY.wrong} lead={SAY.wrongLead}>
      <Shown loaded={loaded} again={again}>{({ data }) => <Table label={SAY.wrong} columns={columns} rows={data} keyOf={keyOf} filter={keyOf} empty={{ what: SAY.wrongNone, more: SAY.wrongNoneMore }} />}</Shown>
    </Page>
  );
}

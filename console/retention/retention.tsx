/** The retention schedule as it is: classes, periods and the reasons given for them. Nothing is changed here. */
import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { CLASSES, type RetentionClass } from '../../shared/retention/retention.ts';
import { Chip, Page } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { SAY } from './words.ts';

const days = (c: RetentionClass) => ('years' in c.keep ? c.keep.years * 365 : c.keep.days);
const COLUMNS: readonly Column<RetentionClass>[] = [
  { key: 'name', title: SAY.class, width: 'minmax(160px, 1fr)', cell: (c) => c.name, sort: (c) => c.name },
  { key: 'keep', title: SAY.keep, width: '110px', cell: (c) => ('years' in c.keep ? SAY.years(c.keep.years) : SAY.days(c.keep.days)), sort: days },
  { key: 'covers', title: SAY.covers, width: 'minmax(220px, 1fr)', cell: (c) => c.covers },
  { key: 'citation', title: SAY.citation, width: 'minmax(260px, 2fr)', cell: (c) => <span title={c.citation}>{c.citation}</span> },
  { key: 'review', title: SAY.review, width: '140px', cell: (c) => <Chip tone={c.legalReview === 'reviewed' ? 'good' : 'care'}>{c.legalReview === 'reviewed' ? SAY.reviewed : SAY.unreviewed}</Chip>, sort: (c) => c.legalReview },
];

export default function Retention() {
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      {CLASSES.some((c) => c.legalReview === 'unreviewed') ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.counsel}</MessageBarBody></MessageBar> : null}
      <Table label={SAY.title} columns={COLUMNS} rows={CLASSES} keyOf={(c) => c.id} empty={{ what: '' }} />
    </Page>
  );
}

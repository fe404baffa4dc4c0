/** A table's rows where there is no room for its columns side by side: one card each, its first column as the heading, all of it in the page's own scroll, some at a time. */
import { Button, Dropdown, Link, Option, makeStyles, mergeClasses } from '@fluentui/react-components';
import { memo, useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type RefObject } from 'react';
import { SAY } from '../words.ts';
import type { Column } from './table.tsx';

export type Sorted = { readonly key: string; readonly up: boolean } | null;
/** cards that come at once, and with each wish for more */
const SOME = 40;
/** the narrowest a column may be that names no width */
const LEAST = 120;

const useStyles = makeStyles({
  sort: { minWidth: 0, width: '100%', maxWidth: '220px' },
  turn: { minWidth: '36px', paddingLeft: 0, paddingRight: 0 },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '8px', gridTemplateColumns: 'repeat(auto-fill, minmax(min(300px, 100%), 1fr))' },
  card: { display: 'flex', flexDirection: 'column', gap: '8px', minWidth: 0, padding: '10px 12px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', backgroundColor: 'var(--colorNeutralBackground1)', ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' } },
  opens: { cursor: 'pointer', ':hover': { backgroundColor: 'var(--colorNeutralBackground1Hover)' } },
  title: { fontWeight: 600, overflowWrap: 'anywhere' },
  titleLink: { fontWeight: 600, textAlign: 'left' },
  facts: { display: 'grid', gap: '4px', margin: 0 },
  fact: { display: 'grid', gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr)', columnGap: '10px', alignItems: 'baseline', '& dt': { color: 'var(--colorNeutralForeground3)', fontSize: '12px', overflowWrap: 'anywhere' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
});

/** The table's place, and whether its columns are wider than that together. */
export function useCramped(columns: readonly Pick<Column<never>, 'width'>[]): readonly [RefObject<HTMLDivElement | null>, boolean] {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(Infinity);
  useLayoutEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const measure = () => setWidth(current.clientWidth);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(current);
    return () => watch.disconnect();
  }, []);
  return [place, columns.reduce((sum, c) => sum + Number(/\d+/.exec(c.width ?? '')?.[0] ?? LEAST), 0) > width];
}

/** What a header is pressed for where there are headers. */
export function SortBy<Row>({ columns, sorted, onSort }: { columns: readonly Column<Row>[]; sorted: Sorted; onSort: (sorted: Sorted) => void }) {
  const styles = useStyles();
  const of = columns.filter((c) => c.sort);
  const by = of.find((c) => c.key === sorted?.key);
  if (of.length === 0) return null;
  return (
    <>
      <Dropdown className={styles.sort} aria-label={SAY.sortBy} placeholder={SAY.sortBy} selectedOptions={by ? [by.key] : []} value={by === undefined ? '' : SAY.sortedBy(by.title)} onOptionSelect={(_, { optionValue }) => { if (optionValue) onSort({ key: optionValue, up: sorted?.up ?? true }); }}>
        {of.map((c) => <Option key={c.key} value={c.key}>{c.title}</Option>)}
      </Dropdown>
      {sorted === null ? null : <Button className={styles.turn} aria-label={sorted.up ? SAY.turnDown : SAY.turnUp} title={sorted.up ? SAY.turnDown : SAY.turnUp} onClick={() => onSort({ ...sorted, up: !sorted.up })}>{sorted.up ? '↑' : '↓'}</Button>}
    </>
  );
}

/** Drawn once: more of them leave those that stand alone. */
const Card = memo(function Card({ row, n, columns, onOpen }: { row: unknown; n: number; columns: readonly Column<unknown>[]; onOpen: ((row: unknown) => void) | undefined }) {
  const styles = useStyles();
  const [first, ...others] = columns;
  const open = (e: MouseEvent) => { if (e.target instanceof HTMLElement && e.target.closest('button, a, input') === null) onOpen?.(row); };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <li data-card={n} tabIndex={-1} className={mergeClasses(styles.card, onOpen && styles.opens)} onClick={open}>
      <div className={styles.title}>{onOpen ? <Link as="button" className={styles.titleLink} onClick={() => onOpen(row)}>{first?.cell(row)}</Link> : first?.cell(row)}</div>
      <dl className={styles.facts}>
        {others.filter((c) => !c.acts).map((c) => { const value = c.cell(row); return value === null || value === '' ? null : <div key={c.key} className={styles.fact}><dt>{c.title}</dt><dd>{value}</dd></div>; })}
      </dl>
      {others.filter((c) => c.acts).map((c) => <div key={c.key}>{c.cell(row)}</div>)}
    </li>
  );
});

export function Cards<Row>({ label, columns, rows, keyOf, onOpen }: { label: string; columns: readonly Column<Row>[]; rows: readonly Row[]; keyOf: (row: Row) => string; onOpen?: (row: Row) => void }) {
  const styles = useStyles();
  const list = useRef<HTMLUListElement>(null);
  const [many, setMany] = useState(SOME);
  const [next, setNext] = useState<number | null>(null);
  useEffect(() => { if (next !== null) list.current?.querySelector<HTMLElement>(`[data-card="${next}"]`)?.focus(); }, [next]);
  return (
    <>
      <ul ref={list} className={styles.list} aria-label={label}>
        {rows.slice(0, many).map((row, i) => <Card key={keyOf(row)} row={row} n={i} columns={columns as readonly Column<unknown>[]} onOpen={onOpen as ((row: unknown) => void) | undefined} />)}
      </ul>
      {rows.length > many ? <Button onClick={() => { setNext(many); setMany(many + SOME); }}>{SAY.showMore(Math.min(SOME, rows.length - many), rows.length - many)}</Button> : null}
    </>
  );
}

/**
 * One table for everything, smooth with thousands of rows. A grid (WAI-ARIA APG): one stop of the tab key,
 * arrows, Home, End, Page Up and Down move, Enter opens, or goes to what can be pressed in the cell; headers sort by click and by Enter.
 * Up to `ROOMY` rows all are in the page, as high as what they say; of more only the rows in sight are, one line each. Where its columns have no room side by side it is a list of cards instead (`cards.tsx`), so that nothing is to be scrolled sideways (WCAG 2.2 §1.4.10).
 */
import { Input, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Empty } from '../frame/view.tsx';
import { SAY } from '../words.ts';
import { Cards, SortBy, useCramped, type Sorted } from './cards.tsx';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** CSS grid track; default `minmax(120px, 1fr)` */
  readonly width?: string;
  readonly cell: (row: Row) => ReactNode;
  /** what it is sorted by; absent: it is not */
  readonly sort?: (row: Row) => string | number;
  /** it holds what can be done with a row, and says so itself */
  readonly acts?: boolean;
}

const ROW = 40;
/** two lines of a column's name */
const HEAD = 44;
const OVERSCAN = 8;
/** px scrolled between two drawings: less than what is drawn beyond the edges */
const STEP = 4 * ROW;
/** as many rows are drawn in full without being felt */
const ROOMY = 200;
const useStyles = makeStyles({
  place: { display: 'flex', flexDirection: 'column', alignItems: 'stretch', gap: 'inherit', minWidth: 0 },
  tools: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px', '& > span': { alignSelf: 'center' } },
  count: { color: 'var(--colorNeutralForeground3)', fontSize: '12px' },
  port: { overflow: 'auto', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', backgroundColor: 'var(--colorNeutralBackground1)', position: 'relative', isolation: 'isolate' },
  line: { display: 'grid', minHeight: `${ROW}px`, boxSizing: 'border-box', alignItems: 'center' },
  head: { position: 'sticky', top: 0, zIndex: 1, backgroundColor: 'var(--colorNeutralBackground3)', borderBottom: '1px solid var(--colorNeutralStroke1)', fontWeight: 600 },
  row: { position: 'absolute', left: 0, right: 0, height: `${ROW}px`, borderBottom: '1px solid var(--colorNeutralStroke3)' },
  opens: { cursor: 'pointer', ':hover': { backgroundColor: 'var(--colorNeutralBackground1Hover)' } },
  grows: { borderBottom: '1px solid var(--colorNeutralStroke3)' },
  cell: { padding: '0 10px', boxSizing: 'border-box', minWidth: 0, ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)', outlineOffset: '-2px' } },
  one: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', height: `${ROW}px`, lineHeight: `${ROW}px` },
  wraps: { padding: '8px 10px', overflowWrap: 'anywhere', alignSelf: 'stretch', scrollMarginTop: `${HEAD}px` },
  title: { padding: '4px 10px', minHeight: `${HEAD}px`, display: 'flex', alignItems: 'center', overflowWrap: 'break-word', lineHeight: '18px', hyphens: 'auto' },
  sorts: { cursor: 'pointer' },
});

export function Table<Row>({ label, columns, rows, whole = true, keyOf, onOpen, filter, height = 440, empty, actions }: {
  label: string; columns: readonly Column<Row>[]; rows: readonly Row[]; /** false: there are more than these */ whole?: boolean; keyOf: (row: Row) => string; onOpen?: (row: Row) => void;
  /** text that a row is found by; absent: no filter is offered */
  filter?: (row: Row) => string; height?: number; empty: { readonly what: string; readonly more?: string }; actions?: ReactNode;
}) {
  const styles = useStyles();
  const port = useRef<HTMLDivElement>(null);
  const field = useId();
  const [top, setTop] = useState(0);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const [held, setHeld] = useState(false);
  const [wanted, setWanted] = useState('');
  const [sorted, setSorted] = useState<Sorted>(null);
  const [place, cramped] = useCramped(columns);

  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    const found = text === '' || filter === undefined ? rows : rows.filter((row) => filter(row).toLowerCase().includes(text));
    const by = columns.find((c) => c.key === sorted?.key)?.sort;
    if (by === undefined || sorted === null) return found;
    const order = (a: Row, b: Row) => { const [x, y] = [by(a), by(b)]; return x < y ? -1 : x > y ? 1 : 0; };
    return [...found].sort((a, b) => (sorted.up ? order(a, b) : order(b, a)));
  }, [rows, wanted, sorted, columns, filter]);

  // Row 0 is the header.
  const last = shown.length;
  const row = Math.min(at.row, last);
  const roomy = shown.length <= ROOMY;
  const first = roomy ? 0 : Math.max(0, Math.floor(top / ROW) - OVERSCAN);
  const end = roomy ? shown.length : Math.min(shown.length, Math.ceil((top + height) / ROW) + OVERSCAN);
  const template = columns.map((c) => c.width ?? 'minmax(120px, 1fr)').join(' ');

  useLayoutEffect(() => {
    const view = port.current;
    if (view === null || !held || row === 0 || roomy) return;
    const [above, below] = [(row - 1) * ROW, row * ROW + HEAD];
    if (above < view.scrollTop) view.scrollTop = above;
    else if (below > view.scrollTop + view.clientHeight) view.scrollTop = below - view.clientHeight;
  }, [row, held, roomy]);
  useEffect(() => {
    if (!held) return;
    const cell = port.current?.querySelector<HTMLElement>(`[data-at="${row}.${at.column}"]`);
    // What stands in the cell keeps the focus that was given to it.
    if (!cell || cell.contains(document.activeElement)) return;
    cell.focus({ preventScroll: true });
    if (roomy && row > 0) cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [row, at.column, held, first, end, roomy]);

  const sort = useCallback((c: Column<Row>) => { if (c.sort) setSorted((before) => ({ key: c.key, up: before?.key === c.key ? !before.up : true })); }, []);
  const page = Math.max(1, Math.floor(height / ROW) - 2);
  function move(e: KeyboardEvent) {
    const step: { [key: string]: readonly [number, number] } = { ArrowDown: [row + 1, at.column], ArrowUp: [row - 1, at.column], ArrowRight: [row, at.column + 1], ArrowLeft: [row, at.column - 1], PageDown: [row + page, at.column], PageUp: [row - page, at.column], Home: e.ctrlKey ? [1, 0] : [row, 0], End: e.ctrlKey ? [last, columns.length - 1] : [row, columns.length - 1] };
    const next = step[e.key];
    const inside = e.target instanceof HTMLElement && e.target.closest('button, a, input, select') !== null;
    if (e.key === 'Enter' && !inside) {
      const column = columns[at.column];
      const within = e.target instanceof HTMLElement ? e.target.querySelector<HTMLElement>('button, a, input, select') : null;
      if (row === 0 && column) sort(column);
      else if (within) within.focus();
      else if (row > 0 && shown[row - 1] !== undefined) onOpen?.(shown[row - 1] as Row);
    } else if (!next) return;
    else setAt({ row: Math.max(0, Math.min(last, next[0])), column: Math.max(0, Math.min(columns.length - 1, next[1])) });
    if (!inside || next) e.preventDefault();
  }
  const stop = (r: number, c: number) => ({ 'data-at': `${r}.${c}`, tabIndex: row === r && at.column === c ? 0 : -1, onFocus: () => { setHeld(true); if (row !== r || at.column !== c) setAt({ row: r, column: c }); } });

  return (
    <div ref={place} className={styles.place}>
      <div className={styles.tools}>
        {filter === undefined || rows.length === 0 ? null : <Input id={field} aria-label={`${SAY.filter}: ${label}`} placeholder={SAY.filter} value={wanted} onChange={(_, { value }) => { setWanted(value); setTop(0); if (port.current) port.current.scrollTop = 0; }} />}
        {cramped && rows.length > 1 ? <SortBy columns={columns} sorted={sorted} onSort={setSorted} /> : null}
        {actions}
        <span className={styles.count} role="status">{rows.length === 0 ? '' : SAY.rowsOf(shown.length)}{whole ? '' : SAY.notWhole}</span>
      </div>
      {shown.length === 0 ? <Empty {...(rows.length === 0 ? empty : { what: SAY.noneFits })} /> : cramped ? <Cards key={wanted} label={label} columns={columns} rows={shown} keyOf={keyOf} {...(onOpen ? { onOpen } : {})} /> : (
        <div ref={port} className={styles.port} style={{ maxHeight: height }} role="grid" aria-label={label} aria-rowcount={shown.length + 1} aria-colcount={columns.length} tabIndex={-1}
          onScroll={(e) => setTop(Math.floor(e.currentTarget.scrollTop / STEP) * STEP)} onKeyDown={move} onBlur={(e) => { if (!e.currentTarget.contains(e.relatedTarget)) setHeld(false); }}>
          <div role="rowgroup" className={styles.head}>
            <div role="row" aria-rowindex={1} className={styles.line} style={{ gridTemplateColumns: template }}>
              {columns.map((c, i) => (
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
                <div key={c.key} role="columnheader" aria-sort={sorted?.key === c.key ? (sorted.up ? 'ascending' : 'descending') : c.sort ? 'none' : undefined} className={mergeClasses(styles.cell, styles.title, c.sort && styles.sorts)} onClick={() => sort(c)} {...stop(0, i)}>
                  {c.title}{sorted?.key === c.key ? (sorted.up ? ' ↑' : ' ↓') : ''}
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" style={roomy ? {} : { height: shown.length * ROW, position: 'relative' }}>
            {shown.slice(first, end).map((item, i) => {
              const n = first + i;
              return (
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
                <div key={keyOf(item)} role="row" aria-rowindex={n + 2} className={mergeClasses(styles.line, roomy ? styles.grows : styles.row, onOpen && styles.opens)} style={{ gridTemplateColumns: template, ...(roomy ? {} : { top: n * ROW }) }} onClick={() => onOpen?.(item)}>
                  {columns.map((c, j) => <div key={c.key} role="gridcell" className={mergeClasses(styles.cell, roomy ? styles.wraps : styles.one)} {...stop(n + 1, j)}>{c.cell(item)}</div>)}
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

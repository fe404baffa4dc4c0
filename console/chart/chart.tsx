/** Small charts of our own: stacked days, and bars by name. The first can be read as a table; the second is one. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { useConsole } from '../frame/console.ts';
import { seriesOf } from '../frame/theme.ts';
import { Card, Empty } from '../frame/view.tsx';
import { SAY } from '../words.ts';

const useStyles = makeStyles({
  legend: { display: 'flex', flexWrap: 'wrap', gap: '4px 14px', margin: 0, padding: 0, listStyleType: 'none', fontSize: '12px' },
  swatch: { display: 'inline-block', width: '10px', height: '10px', borderRadius: '2px', marginRight: '6px' },
  scroll: { overflowX: 'auto', maxHeight: '320px' },
  table: { borderCollapse: 'collapse', fontSize: '13px', width: '100%', '& th, & td': { textAlign: 'left', padding: '3px 14px 3px 0', borderBottom: '1px solid var(--colorNeutralStroke3)', fontWeight: 400, whiteSpace: 'nowrap' }, '& thead th': { fontWeight: 600 }, '& td': { fontVariantNumeric: 'tabular-nums' } },
  bars: { width: '100%', borderCollapse: 'collapse', fontSize: '13px', '& th': { textAlign: 'left', fontWeight: 400, padding: '3px 12px 3px 0', width: '38%', overflowWrap: 'anywhere' }, '& td': { padding: '3px 0' } },
  bar: { display: 'flex', alignItems: 'center', gap: '8px', fontVariantNumeric: 'tabular-nums' },
  axis: { display: 'flex', justifyContent: 'space-between', fontSize: '12px', color: 'var(--colorNeutralForeground3)' },
});

export interface Series { readonly name: string; readonly values: readonly number[] }
const WIDTH = 600;
const HEIGHT = 130;
const short = (day: string) => new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** Days (`2026-11-22`) on the x axis, one stacked bar each; the same length in every series. */
export function Days({ title, days, series, empty }: { title: string; days: readonly string[]; series: readonly Series[]; empty: string }) {
  const styles = useStyles();
  const { night } = useConsole();
  const [table, setTable] = useState(false);
  const colours = seriesOf(night);
  const sums = days.map((_, i) => series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0));
  const most = Math.max(1, ...sums);
  const total = sums.reduce((a, b) => a + b, 0);
  const step = WIDTH / Math.max(1, days.length);
  return (
    <Card title={title} actions={total === 0 ? null : <Button size="small" appearance="subtle" aria-pressed={table} onClick={() => setTable(!table)}>{table ? SAY.asChart : SAY.asTable}</Button>}>
      {total === 0 ? <Empty what={empty} /> : table ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={title}>
          <table className={styles.table}>
            <thead><tr><th scope="col">Day (UTC)</th>{series.map((s) => <th scope="col" key={s.name}>{s.name}</th>)}</tr></thead>
            <tbody>{days.map((day, i) => <tr key={day}><th scope="row">{day}</th>{series.map((s) => <td key={s.name}>{(s.values[i] ?? 0).toLocaleString()}</td>)}</tr>)}</tbody>
          </table>
        </div>
      ) : (
        <>
          <ul className={styles.legend}>{series.map((s, i) => <li key={s.name}><span className={styles.swatch} style={{ backgroundColor: colours[i % colours.length] }} />{`${s.name}: ${s.values.reduce((a, b) => a + b, 0).toLocaleString()}`}</li>)}</ul>
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" role="img" aria-label={`${title}. ${series.map((s) => `${s.name}: ${s.values.reduce((a, b) => a + b, 0)}`).join(', ')}. ${days.length} days, at most ${most} on one.`}>
            <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--colorNeutralStroke1)" />
            {days.map((day, i) => {
              let y = HEIGHT;
              return series.map((s, n) => {
                const tall = ((s.values[i] ?? 0) / most) * (HEIGHT - 6);
                y -= tall;
                return tall === 0 ? null : <rect key={`${day}${s.name}`} x={i * step + step * 0.14} y={y} width={step * 0.72} height={tall} fill={colours[n % colours.length]}><title>{`${short(day)}: ${s.name} ${s.values[i] ?? 0}`}</title></rect>;
              });
            })}
          </svg>
          <div className={styles.axis}><span>{short(days[0] ?? '')}</span><span>{`at most ${most.toLocaleString()} a day`}</span><span>{short(days.at(-1) ?? '')}</span></div>
        </>
      )}
    </Card>
  );
}

/** Names and how many, largest first: a table whose cells are drawn. */
export function Bars({ title, rows, empty, unit }: { title: string; rows: readonly { readonly name: string; readonly n: number }[]; empty: string; unit: string }) {
  const styles = useStyles();
  const { night } = useConsole();
  const most = Math.max(1, ...rows.map((r) => r.n));
  const sorted = [...rows].sort((a, b) => b.n - a.n);
  return (
    <Card title={title}>
      {sorted.length === 0 ? <Empty what={empty} /> : (
        <table className={styles.bars} aria-label={title}>
          <thead style={{ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }}><tr><th scope="col">{title}</th><th scope="col">{unit}</th></tr></thead>
          <tbody>
            {sorted.map(({ name, n }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td><span className={styles.bar}><svg width="100%" height="12" aria-hidden="true" style={{ maxWidth: `${Math.max(2, (n / most) * 82)}%` }}><rect width="100%" height="12" rx="3" fill={seriesOf(night)[0]} /></svg>{n.toLocaleString()}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

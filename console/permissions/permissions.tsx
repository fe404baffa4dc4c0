/** Routes and roles, as they are enforced; to be read, filtered and kept as a file. */
import { Button } from '@fluentui/react-components';
import type { Permissions } from '../../shared/wire/console.ts';
import { useAnswer } from '../frame/console.ts';
import { Chip, Page, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { roleOf } from '../people/words.ts';
import { SAY } from './words.ts';

type Route = Permissions['routes'][number];
const rolesOf = (r: Route) => (r.public ? SAY.anyone : r.roles.map(roleOf).join(', '));
const COLUMNS: readonly Column<Route>[] = [
  { key: 'what', title: SAY.what, width: 'minmax(280px, 2fr)', cell: (r) => <span title={r.summary}>{r.summary}</span>, sort: (r) => r.summary },
  { key: 'call', title: SAY.call, width: 'minmax(240px, 1fr)', cell: (r) => `${r.method} ${r.path}`, sort: (r) => r.path },
  { key: 'roles', title: SAY.roles, width: 'minmax(280px, 2fr)', cell: (r) => <span title={rolesOf(r)}>{rolesOf(r)}</span>, sort: rolesOf },
  { key: 'stepUp', title: SAY.stepUp, width: '130px', cell: (r) => (r.stepUp ? <Chip tone="care">{SAY.needed}</Chip> : null), sort: (r) => Number(r.stepUp) },
];

function save(permissions: Permissions): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(permissions, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = SAY.file;
  link.click();
  URL.revokeObjectURL(url);
}

export default function PermissionsScreen() {
  const { loaded, again } = useAnswer('permissions');
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Shown loaded={loaded} again={again}>{(permissions) => (
        <Table label={SAY.title} columns={COLUMNS} rows={permissions.routes} keyOf={(r) => r.name} filter={(r) => `${r.summary} ${r.path} ${rolesOf(r)}`} height={560} empty={{ what: '' }} actions={<Button onClick={() => save(permissions)}>{SAY.save}</Button>} />
      )}</Shown>
    </Page>
  );
}

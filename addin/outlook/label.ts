/**
 * What the author's mailbox calls a message: Outlook's categories by name, the sensitivity label by its id and name and those it stands under. `null`: nobody
 * could tell, and then every rule on labels holds. ES2016 library only: the event handler reads through it as well.
 */
import { LABEL, LABELS } from '../../shared/draft/draft.ts';
import { isRefused } from '../refusal.ts';
import { call } from './call.ts';

type Labelled = Partial<Pick<Office.MessageCompose, 'categories' | 'sensitivityLabel'>>;
export type Catalog = Pick<Office.SensitivityLabelsCatalog, 'getIsEnabledAsync' | 'getAsync'> | undefined;

/** Ids and names from the top of the tree down to the label; null when it is not in it. */
function pathTo(id: string, tree: readonly Office.SensitivityLabelDetails[]): string[] | null {
  for (const one of tree) {
    const below = one.id.toLowerCase() === id.toLowerCase() ? [] : pathTo(id, one.children || []);
    if (below) return [one.id, one.name].concat(below);
  }
  return null;
}

/** Mailbox 1.13. An organization that uses no such labels has the call fail for every draft (office-js#5321): there it says nothing. */
async function sensitivity({ sensitivityLabel }: Labelled, catalog: Catalog, patience?: number): Promise<string[] | null> {
  const label = sensitivityLabel ? await call<string | null>((done) => sensitivityLabel.getAsync(done as never), patience) : undefined;
  if (label === undefined || isRefused(label)) return catalog && (await call<boolean>((done) => catalog.getIsEnabledAsync(done), patience)) === false ? [] : null;
  if (!label) return [];
  const tree = catalog ? await call<Office.SensitivityLabelDetails[]>((done) => catalog.getAsync(done), patience) : [];
  return isRefused(tree) || !Array.isArray(tree) ? null : pathTo(label, tree);
}

async function categories({ categories: field }: Labelled, patience?: number): Promise<string[] | null> {
  const said = field ? await call<Office.CategoryDetails[] | null>((done) => field.getAsync(done), patience) : null;
  return !field || isRefused(said) ? null : (said || []).map((c) => c.displayName);
}

export async function readLabels(item: Labelled, catalog: Catalog, patience?: number): Promise<readonly string[] | null> {
  const [named, label] = await Promise.all([categories(item, patience), sensitivity(item, catalog, patience)]);
  if (!named || !label) return null;
  const all = named.concat(label).map((name) => name.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim());
  const kept = all.filter((name, i) => name !== '' && all.indexOf(name) === i);
  // Cut short, a rule might miss the one it asks for.
  return kept.length > LABELS || kept.some((name) => name.length > LABEL) ? null : kept;
}

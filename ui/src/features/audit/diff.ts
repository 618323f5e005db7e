/** What an act changed: the fields of before and after, side by side. */

export type ChangeKind = 'added' | 'removed' | 'changed';

export interface Change {
  /** Dotted path, as `security.two_person`. */
  field: string;
  kind: ChangeKind;
  before: unknown;
  after: unknown;
}

type Fields = Map<string, unknown>;
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are opened up; lists are compared whole, because their order means something. */
function fieldsOf(value: unknown, path: string, into: Fields): Fields {
  if (isPlain(value)) for (const [key, inner] of Object.entries(value)) fieldsOf(inner, path ? `${path}.${key}` : key, into);
  else if (path !== '' || (value !== null && value !== undefined)) into.set(path, value);
  return into;
}

/** Fields that differ, in the order of what is there now, then what is there no more. `null` is a value. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const old = fieldsOf(before, '', new Map());
  const now = fieldsOf(after, '', new Map());
  const changes: Change[] = [];
  for (const [field, value] of now) {
    if (!old.has(field)) changes.push({ field, kind: 'added', before: undefined, after: value });
    else if (JSON.stringify(old.get(field)) !== JSON.stringify(value)) {
      changes.push({ field, kind: 'changed', before: old.get(field), after: value });
    }
  }
  for (const [field, value] of old) {
    if (!now.has(field)) changes.push({ field, kind: 'removed', before: value, after: undefined });
  }
  return changes;
}

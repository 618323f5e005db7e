import { expect, it } from 'vitest';
import { changesOf } from './diff';

it('names what was added, removed and changed, and nothing else', () => {
  const changes = changesOf({ role: 'operator', active: true, pin: true }, { role: 'cashier', active: true, contact: 'b•••@x.id' });
  expect(changes).toEqual([
    { field: 'role', kind: 'changed', before: 'operator', after: 'cashier' },
    { field: 'contact', kind: 'added', before: undefined, after: 'b•••@x.id' },
    { field: 'pin', kind: 'removed', before: true, after: undefined },
  ]);
});

it('opens nested objects and compares lists whole', () => {
  const changes = changesOf(
    { security: { two_person: false, hours: 12 }, ports: [1, 2] },
    { security: { two_person: true, hours: 12 }, ports: [2, 1] },
  );
  expect(changes.map((change) => change.field)).toEqual(['security.two_person', 'ports']);
});

it('a value that becomes null is changed, not removed', () => {
  expect(changesOf({ price: 15_000 }, { price: null })).toEqual([{ field: 'price', kind: 'changed', before: 15_000, after: null }]);
});

it('an act without a before only adds, one without an after only removes', () => {
  expect(changesOf(null, { name: 'Siti' }).map((change) => change.kind)).toEqual(['added']);
  expect(changesOf({ name: 'Siti' }, null).map((change) => change.kind)).toEqual(['removed']);
  expect(changesOf(null, null)).toEqual([]);
  expect(changesOf({ a: { b: 1 } }, { a: { b: 1 } })).toEqual([]);
});

it('takes what is no object at all', () => {
  expect(changesOf('open', 'frozen')).toEqual([{ field: '', kind: 'changed', before: 'open', after: 'frozen' }]);
});

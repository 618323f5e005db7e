import { expect, it } from 'vitest';
import { fileFault, fileSize, nameOf, PICTURE_BYTES_MAX, sidesFault } from './picture_file';

it('refuses other kinds, large files and empty ones before anything is sent', () => {
  expect(fileFault({ type: 'image/jpeg', size: 5 })).toBeNull();
  expect(fileFault({ type: '', size: PICTURE_BYTES_MAX })).toBeNull();
  expect(fileFault({ type: 'image/gif', size: 5 })).toBe('kind');
  expect(fileFault({ type: 'image/svg+xml', size: 5 })).toBe('kind');
  expect(fileFault({ type: 'image/png', size: PICTURE_BYTES_MAX + 1 })).toBe('large');
  expect(fileFault({ type: 'image/png', size: 0 })).toBe('broken');
  expect([sidesFault(8_192, 10), sidesFault(10, 8_193)]).toEqual([null, 'sides']);
});

it('proposes a name out of the name of the file', () => {
  expect(nameOf('menu-siang_2.jpg')).toBe('menu siang 2');
  expect(nameOf('.png')).toBe('.png');
  expect([...nameOf('é'.repeat(200))]).toHaveLength(80);
});

it('tells sizes as people know them', () => {
  expect(fileSize(200, 'id-ID')).toBe('1 kB');
  expect(fileSize(422_000, 'id-ID')).toBe('412 kB');
  expect(fileSize(1_992_294, 'id-ID')).toBe('1,9 MB');
});
